"""The steps of a job as its owner sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from services.api_lambda.wire_status import WireStatus
from shared.domain.jobs import Job, JobError, JobStatus
from shared.domain.record import Record
from shared.domain.steps import Step, StepStatus

NOTIFY = "notify"
"""The step of every workflow that no worker keeps a record of: the notice, accepted before the job ends."""


class StepView(Record):
    """A stage of a job. ``duration`` is in seconds, null until it ended; ``attempts`` counts its tries."""

    name: str = Field(examples=["convert"])
    status: WireStatus
    duration: float | None
    output: str | None = Field(description="What came of it, for people.")
    attempts: int
    error: JobError | None

    @classmethod
    def of(cls, job: Job, step: Step) -> Self:
        """The caller's view of one step of a workflow."""
        return cls(
            name=step.name,
            status=_status_of(job, step.status),
            duration=step.seconds,
            output=step.output.summary if step.output else None,
            attempts=step.attempts,
            error=step.error,
        )


def step_views(job: Job, steps: Sequence[Step]) -> tuple[StepView, ...]:
    """Those of a workflow that was begun; any other job is a single step."""
    if not steps:
        return (_only_step(job),)
    return (*(StepView.of(job, step) for step in steps), _notify(job))


def _status_of(job: Job, status: StepStatus) -> WireStatus:
    """A step that was begun is worked on while its job is; else it waits for a try, or ended with it."""
    if status is not StepStatus.PROCESSING:
        return WireStatus[status.name]
    if job.status is JobStatus.QUEUED:
        return WireStatus.PENDING
    return WireStatus.of(job.status)


def _notify(job: Job) -> StepView:
    told = job.status in (JobStatus.COMPLETED, JobStatus.FAILED)
    waits = WireStatus.of(job.status) if job.status.is_final else WireStatus.PENDING
    return StepView(
        name=NOTIFY,
        status=WireStatus.COMPLETED if told else waits,
        duration=round(job.timings.notice_ms / 1000, 3) if job.timings else None,
        output=None,
        attempts=int(told),
        error=None,
    )


def _only_step(job: Job) -> StepView:
    return StepView(
        name=job.type.lower(),
        status=WireStatus.of(job.status),
        duration=round(job.timings.total_ms / 1000, 3) if job.timings else None,
        output=_made(job),
        attempts=job.attempts,
        error=job.error,
    )


def _made(job: Job) -> str | None:
    if not job.outputs:
        return None
    more = len(job.outputs) - 1
    return f"{job.outputs[0].filename} and {more} more" if more else job.outputs[0].filename
