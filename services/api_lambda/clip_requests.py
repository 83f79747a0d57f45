"""What both routes of clips have in common: which stretch, what can be wrong, and how it is found."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import FOR_READER
from services.api_lambda.authentication import Caller
from services.api_lambda.caller import count_change
from services.api_lambda.clips import FoundClip
from services.api_lambda.dependencies import ApiDependencies
from shared.domain.audio_operations import (
    CLIP_DEFAULT_MS,
    CLIP_LATEST_MS,
    CLIP_MOST_MS,
    CLIP_SHORTEST_MS,
    ClipOptions,
)
from shared.domain.faults import Fault

PROBLEMS = (
    *FOR_READER,
    Fault.NOT_FOUND,
    Fault.FILE_UNUSABLE,
    Fault.UPLOAD_EXPIRED,
    Fault.FILE_MISSING,
    Fault.UNREADABLE_MEDIA,
    Fault.NO_AUDIO_TRACK,
    Fault.RETRIES_EXHAUSTED,
    Fault.CLIP_TIMED_OUT,
)
"""But those of the times, which each route tells in its own way."""

DURATION = "As asked for: where the file ends earlier, so does the clip."
WAITED = "How long this call waited for it; 0 for one that was there."


class ClipQuery(BaseModel):
    """Which stretch."""

    model_config = ConfigDict(extra="forbid")

    start_time_ms: int = Field(
        ge=0, le=CLIP_LATEST_MS, description="Where it begins, in milliseconds.", examples=[30_000]
    )
    duration_ms: int = Field(
        default=CLIP_DEFAULT_MS,
        ge=CLIP_SHORTEST_MS,
        le=CLIP_MOST_MS,
        description="How long it is, in milliseconds; where the file ends earlier, so does the clip.",
    )

    @property
    def options(self) -> ClipOptions:
        """The stretch in the trade's terms."""
        return ClipOptions(start_time_ms=self.start_time_ms, duration_ms=self.duration_ms)


Times = Annotated[ClipQuery, Query()]


async def find_clip(
    request: Request,
    api: ApiDependencies,
    caller: Caller,
    file_id: str,
    times: ClipQuery,
    *,
    transcribed: bool = False,
) -> FoundClip:
    """The clip of a file of the caller's; ``transcribed``: only if there is a transcript of the file.

    Raises as :meth:`Clips.file_of` and :meth:`Clips.clip` do.
    """
    file = await run_in_threadpool(api.clips.file_of, caller, file_id, transcribed=transcribed)
    request.state.waited = True
    found = await api.clips.clip(file, times.options, lambda: count_change(request, api, caller))
    request.state.waited = not found.cache_hit
    return found
