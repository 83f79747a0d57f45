"""What is said of a job while somebody watches: how far it is, then how it ended.

A message is made from the job's record alone, so whoever comes late is told the same. It fits into what API
Gateway sends over a WebSocket, 128 KB: of a job with many outputs the first few are named.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.audio_quality import QualityMetrics
from shared.domain.jobs import Job, JobStatus
from shared.domain.record import Record
from shared.domain.results import JobOutput, OperationResult
from shared.domain.workflows import WorkflowResult

MOST_FILES_NAMED = 40
"""A signed URL takes up to 2 KB, with the credentials of a role in it; a file's name up to one."""

_MEASURED = (OperationResult, WorkflowResult)
_SENTENCES = {
    JobStatus.PENDING: "Waiting for the file.",
    JobStatus.QUEUED: "Waiting for a worker.",
    JobStatus.PROCESSING: "Being worked on.",
}


class LiveOutput(Record):
    """A file that the job made, and where to fetch it for a while."""

    filename: str
    url: str


class LiveProgress(Record):
    """The job goes on. ``progress`` is in percent; a try that begins anew begins at 0."""

    type: Literal["progress"] = "progress"
    job_id: str
    progress: int = Field(ge=0, le=100)
    current_step: str = Field(description="The step that is worked on; before that, pending or queued.")
    message: str = Field(description="The same for people.")


class LiveCompleted(Record):
    """The job has ended well."""

    type: Literal["completed"] = "completed"
    job_id: str
    output_files: tuple[LiveOutput, ...]
    more_files: int = Field(default=0, description="How many there are besides: `/download` has all.")
    quality_metrics: QualityMetrics | None = Field(
        default=None, description="Measures of the sound; null for jobs that take none."
    )


class LiveFailed(Record):
    """The job has failed."""

    type: Literal["failed"] = "failed"
    job_id: str
    error: str = Field(description="The reason, for people.")
    code: str = Field(description="The reason, for programs.")
    step: str


class LiveEnded(Record):
    """The job has ended without work: its owner cancelled it, or its file never came."""

    type: Literal["cancelled", "expired"]
    job_id: str


LiveMessage = Annotated[LiveProgress | LiveCompleted | LiveFailed | LiveEnded, Field(discriminator="type")]
"""One of the four; a job's last one is any but the first."""


def state_of(job: Job) -> str:
    """Changes whenever there is something new to say of the job."""
    step = f"{job.current_step}-" if job.current_step else ""
    return f"{job.attempts}-{job.status.value}-{step}{job.progress}"


def live_message(job: Job, url_of: Callable[[JobOutput], str]) -> LiveMessage:
    """What is to be said of a job as it stands; ``url_of`` gives the address of an output."""
    step = job.current_step or job.type.lower()
    match job.status:
        case JobStatus.COMPLETED:
            named = job.outputs[:MOST_FILES_NAMED]
            return LiveCompleted(
                job_id=job.job_id,
                output_files=tuple(LiveOutput(filename=out.filename, url=url_of(out)) for out in named),
                more_files=len(job.outputs) - len(named),
                quality_metrics=job.result.quality if isinstance(job.result, _MEASURED) else None,
            )
        case JobStatus.FAILED:
            code, error = (job.error.code, job.error.message) if job.error else ("internal-error", "")
            return LiveFailed(job_id=job.job_id, error=error, code=code, step=step)
        case JobStatus.CANCELLED:
            return LiveEnded(type="cancelled", job_id=job.job_id)
        case JobStatus.EXPIRED:
            return LiveEnded(type="expired", job_id=job.job_id)
    return LiveProgress(
        job_id=job.job_id,
        progress=job.progress,
        current_step=step if job.status is JobStatus.PROCESSING else job.status.lower(),
        message=_SENTENCES[job.status],
    )
