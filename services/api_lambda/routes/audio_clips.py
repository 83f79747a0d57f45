"""Clips as an earlier contract published them: its paths, its snake_case names, its statuses.

An ``episode_id`` is the id of a file of the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import problem_responses
from services.api_lambda.caller import Reader
from services.api_lambda.clip_requests import DURATION, PROBLEMS, WAITED, Times, find_clip
from services.api_lambda.dependencies import Api
from services.api_lambda.field_problems import field_problems, in_sentences
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.record import Timestamp


class PublishedRoute(APIRoute):
    """Refuses impossible times with 400, as the contract does: its 422 means something else."""

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


router = APIRouter(tags=["clips"], route_class=PublishedRoute)


class AudioClipAnswer(BaseModel):
    """A clip, as MP3, and where to fetch it until ``expires_at``."""

    model_config = ConfigDict(frozen=True)

    clip_url: str
    expires_at: Timestamp
    cache_hit: bool = Field(description="Whether it was there already.")
    episode_id: str
    start_time_ms: int
    duration_ms: int = Field(description=DURATION)
    generation_time_ms: int = Field(description=WAITED)


class AudioClipsHealthAnswer(BaseModel):
    """The process answers; nothing behind it is asked."""

    status: Literal["healthy"] = "healthy"
    service: Literal["audio_clips"] = "audio_clips"
    timestamp: Timestamp


@router.get("/api/v1/audio_clips/health", summary="Whether clips are served (published contract)")
async def clips_health(api: Api) -> AudioClipsHealthAnswer:
    """Needs no key, and asks nothing behind the API: a balancer may call it as often as it likes."""
    return AudioClipsHealthAnswer(timestamp=api.clock.now())


@router.get(
    "/api/v1/audio_clips/{episode_id}",
    summary="Listen to a stretch of an episode (published contract)",
    responses=problem_responses(*PROBLEMS, Fault.CLIP_TIMES_INVALID, Fault.NO_TRANSCRIPT),
)
async def get_audio_clip(
    request: Request,
    api: Api,
    caller: Reader,
    episode_id: Annotated[str, Path(description="The id of a file that was transcribed.")],
    times: Times,
) -> AudioClipAnswer:
    """As `GET /v1/clips/{fileId}`, in the names of the published contract, for files with a transcript."""
    found = await find_clip(request, api, caller, episode_id, times, transcribed=True)
    return AudioClipAnswer(
        clip_url=found.url,
        expires_at=found.expires_at,
        cache_hit=found.cache_hit,
        episode_id=episode_id,
        start_time_ms=times.start_time_ms,
        duration_ms=times.duration_ms,
        generation_time_ms=found.generation_ms,
    )
