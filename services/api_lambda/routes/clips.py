"""Short stretches of a file, to listen to: our own route, and the published contract's with its names.

The published route speaks of episodes: an ``episode_id`` is the id of a file of the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import FOR_READER, problem_responses
from services.api_lambda.authentication import Caller
from services.api_lambda.caller import Reader, count_change
from services.api_lambda.clips import FoundClip
from services.api_lambda.dependencies import Api, ApiDependencies
from services.api_lambda.field_problems import field_problems, in_sentences
from shared.domain.audio_operations import (
    CLIP_DEFAULT_MS,
    CLIP_LATEST_MS,
    CLIP_MOST_MS,
    CLIP_SHORTEST_MS,
    ClipOptions,
)
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.record import Record, Timestamp

router = APIRouter(tags=["clips"])

_PROBLEMS = (
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


class ClipAnswer(Record):
    """A clip, as MP3, and where to fetch it until ``expiresAt``."""

    file_id: str
    start_time_ms: int
    duration_ms: int = Field(description="As asked for: where the file ends earlier, so does the clip.")
    clip_url: str
    expires_at: Timestamp
    cache_hit: bool = Field(description="Whether it was there already.")
    generation_time_ms: int = Field(description="How long this call waited for it; 0 for one that was there.")

    @classmethod
    def of(cls, file_id: str, times: ClipQuery, found: FoundClip) -> Self:
        """The answer for a clip that was found."""
        return cls(
            file_id=file_id,
            start_time_ms=times.start_time_ms,
            duration_ms=times.duration_ms,
            clip_url=found.url,
            expires_at=found.expires_at,
            cache_hit=found.cache_hit,
            generation_time_ms=found.generation_ms,
        )


@router.get(
    "/v1/clips/{fileId}",
    summary="Listen to a stretch of a file",
    responses=problem_responses(*_PROBLEMS, Fault.INVALID_REQUEST, Fault.SEGMENT_OUTSIDE_AUDIO),
)
async def get_clip(
    request: Request,
    api: Api,
    caller: Reader,
    file_id: Annotated[str, Path(alias="fileId", description="The file's id.")],
    times: Times,
) -> ClipAnswer:
    """Answers at once where the stretch was asked for in the last 30 days; else it is cut now.

    That takes a second or two, and counts as a change. A call waits for a bounded time: after a 504, ask
    again, for the clip is made all the same.
    """
    return ClipAnswer.of(file_id, times, await _find(request, api, caller, file_id, times))


async def _find(
    request: Request,
    api: ApiDependencies,
    caller: Caller,
    file_id: str,
    times: ClipQuery,
    *,
    transcribed: bool = False,
) -> FoundClip:
    file = await run_in_threadpool(api.clips.file_of, caller, file_id, transcribed=transcribed)

    request.state.waited = True
    found = await api.clips.clip(file, times.options, lambda: count_change(request, api, caller))
    request.state.waited = not found.cache_hit
    return found


class PublishedRoute(APIRoute):
    """Refuses impossible times with 400, as the published contract does: its 422 means something else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, its refusals of times in the contract's terms."""
        handle = super().get_route_handler()

        async def handle_published(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as invalid:
                problems = in_sentences(field_problems(invalid.errors()))
                raise PermanentError(Fault.CLIP_TIMES_INVALID, problems=problems) from invalid
            except PermanentError as error:
                if error.fault is not Fault.SEGMENT_OUTSIDE_AUDIO:
                    raise
                sentence = str(error).removesuffix(".")
                raise PermanentError(Fault.CLIP_TIMES_INVALID, problems=sentence) from error

        return handle_published


published = APIRouter(tags=["clips"], route_class=PublishedRoute, prefix="/api/v1/audio_clips")


class AudioClipAnswer(BaseModel):
    """A clip, as MP3, and where to fetch it until ``expires_at``; the published contract's names."""

    model_config = ConfigDict(frozen=True)

    clip_url: str
    expires_at: Timestamp
    cache_hit: bool = Field(description="Whether it was there already.")
    episode_id: str
    start_time_ms: int
    duration_ms: int = Field(description="As asked for: where the file ends earlier, so does the clip.")
    generation_time_ms: int = Field(description="How long this call waited for it; 0 for one that was there.")


class AudioClipsHealthAnswer(BaseModel):
    """The process answers; nothing behind it is asked."""

    status: Literal["healthy"] = "healthy"
    service: Literal["audio_clips"] = "audio_clips"
    timestamp: Timestamp


@published.get("/health", summary="Whether clips are served (published contract)")
async def clips_health(api: Api) -> AudioClipsHealthAnswer:
    """Needs no key, and asks nothing behind the API: a balancer may call it as often as it likes."""
    return AudioClipsHealthAnswer(timestamp=api.clock.now())


@published.get(
    "/{episode_id}",
    summary="Listen to a stretch of an episode (published contract)",
    responses=problem_responses(*_PROBLEMS, Fault.CLIP_TIMES_INVALID, Fault.NO_TRANSCRIPT),
)
async def get_audio_clip(
    request: Request,
    api: Api,
    caller: Reader,
    episode_id: Annotated[str, Path(description="The id of a file that was transcribed.")],
    times: Times,
) -> AudioClipAnswer:
    """As `GET /v1/clips/{fileId}`, in the names of the published contract, for files with a transcript."""
    found = await _find(request, api, caller, episode_id, times, transcribed=True)
    return AudioClipAnswer(
        clip_url=found.url,
        expires_at=found.expires_at,
        cache_hit=found.cache_hit,
        episode_id=episode_id,
        start_time_ms=times.start_time_ms,
        duration_ms=times.duration_ms,
        generation_time_ms=found.generation_ms,
    )
