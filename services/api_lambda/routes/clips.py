"""Short stretches of a file, to listen to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from services.api_lambda.api_document import problem_responses
from services.api_lambda.caller import Reader
from services.api_lambda.clip_requests import DURATION, PROBLEMS, WAITED, Times, find_clip
from services.api_lambda.dependencies import Api
from shared.domain.faults import Fault
from shared.domain.record import Record, Timestamp

router = APIRouter(tags=["clips"])


class ClipAnswer(Record):
    """A clip, as MP3, and where to fetch it until ``expiresAt``."""

    file_id: str
    start_time_ms: int
    duration_ms: int = Field(description=DURATION)
    clip_url: str
    expires_at: Timestamp
    cache_hit: bool = Field(description="Whether it was there already.")
    generation_time_ms: int = Field(description=WAITED)


@router.get(
    "/v1/clips/{fileId}",
    summary="Listen to a stretch of a file",
    responses=problem_responses(*PROBLEMS, Fault.INVALID_REQUEST, Fault.SEGMENT_OUTSIDE_AUDIO),
)
async def get_clip(
    request: Request,
    api: Api,
    caller: Reader,
    file_id: Annotated[str, Path(alias="fileId", description="The file's id.")],
    times: Times,
) -> ClipAnswer:
    """Answers at once where the stretch was asked for in the last 30 days; else it is cut now.

    That takes a second or two, and counts as a change. A call waits for a bounded time: after a 504 ask
    again, for the clip is made all the same.
    """
    found = await find_clip(request, api, caller, file_id, times)
    return ClipAnswer(
        file_id=file_id,
        start_time_ms=times.start_time_ms,
        duration_ms=times.duration_ms,
        clip_url=found.url,
        expires_at=found.expires_at,
        cache_hit=found.cache_hit,
        generation_time_ms=found.generation_ms,
    )
