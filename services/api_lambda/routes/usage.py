"""What the caller used, what is left, and what a file would cost."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import BODY, FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute
from services.api_lambda.request_models import RequestModel, TypeWord
from services.api_lambda.usage import DayOfUse, use_of
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobType
from shared.domain.record import Record
from shared.domain.sizes import limit_facts
from shared.domain.tiers import TierLimits
from shared.prices import PRICES_AS_OF

router = APIRouter(tags=["usage"], route_class=IdempotentRoute)


class UsageQuery(BaseModel):
    """For how long."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=90, description="The last so many days, today included (UTC).")


class DayView(Record):
    """One day, by the jobs' creation."""

    day: date = Field(alias="date")
    jobs: int
    jobs_by_type: dict[str, int] = Field(examples=[{"transcription": 3, "convert": 1}])
    completed: int
    failed: int
    audio_minutes: float
    work_seconds: float
    cost_usd: float

    @classmethod
    def of(cls, day: date, use: DayOfUse) -> Self:
        """The caller's view of a day."""
        return cls(
            day=day,
            jobs=use.jobs,
            jobs_by_type={job_type.lower(): count for job_type, count in sorted(use.by_type.items())},
            completed=use.completed,
            failed=use.failed,
            audio_minutes=round(use.audio_minutes, 2),
            work_seconds=round(use.work_seconds, 1),
            cost_usd=round(use.cost_usd, 6),
        )


class UsageAnswer(Record):
    """Use and what is left of it."""

    days: tuple[DayView, ...] = Field(description="Newest first; days without jobs are left out.")
    complete: bool = Field(description="False: there were too many jobs to read, the oldest are left out.")
    requests_today: int | None = Field(
        description="Requests that changed something, since midnight UTC. Null where nothing bounds them: "
        "nobody counts them then."
    )
    requests_left_today: int | None = Field(description="Null where nothing bounds them.")
    limits: TierLimits
    prices_as_of: date


class EstimateRequest(RequestModel):
    """A file that might be transcribed, or worked on otherwise."""

    type: TypeWord = Field(default="transcription", description="The type of the job.")
    size: int = Field(ge=1, description="Bytes.", examples=[20_000_000])


class EstimateAnswer(Record):
    """Roughly, by the file's size alone: what it really costs, its length and its speech decide."""

    estimated_duration: int = Field(description="Seconds of work.")
    estimated_cost_usd: float
    prices_as_of: date


@router.get(
    "/v1/usage",
    summary="Look at usage and cost",
    responses=problem_responses(*FOR_READER, Fault.INVALID_REQUEST),
)
def get_usage(api: Api, caller: Reader, query: Annotated[UsageQuery, Query()]) -> UsageAnswer:
    """Jobs, audio and cost by day. Cost is measured work at the published prices of the machines.

    Storage, requests and idle workers are not in it, nor are jobs that were deleted. A workflow is one job;
    the work and the cost of its transcription are added to its own.
    """
    use = use_of(
        api.jobs,
        caller.user_id,
        now=api.clock.now(),
        days=query.days,
        dollars_per_second_of=api.limits.dollars_per_second_of,
    )
    most = caller.limits.requests_a_day
    used = None if most is None else api.quota.used_today(caller.user_id)
    return UsageAnswer(
        days=tuple(DayView.of(day, use.by_day[day]) for day in sorted(use.by_day, reverse=True)),
        complete=use.complete,
        requests_today=used,
        requests_left_today=None if most is None or used is None else max(0, most - used),
        limits=caller.limits,
        prices_as_of=PRICES_AS_OF,
    )


@router.post(
    "/v1/estimate",
    summary="Estimate time and cost of a file",
    responses=problem_responses(*FOR_WRITER, *BODY, Fault.FILE_TOO_LARGE),
)
def estimate(api: Api, caller: Writer, request: EstimateRequest) -> EstimateAnswer:
    """Before anything is sent; makes nothing."""
    most = min(api.limits.max_file_bytes, caller.limits.file_bytes)
    if request.size > most:
        raise PermanentError(Fault.FILE_TOO_LARGE, **limit_facts(most))
    job_type = JobType(request.type.upper())
    seconds = api.intake.estimated_seconds(request.size, job_type)
    return EstimateAnswer(
        estimated_duration=seconds,
        estimated_cost_usd=round(seconds * api.limits.dollars_per_second_of(job_type), 6),
        prices_as_of=PRICES_AS_OF,
    )
