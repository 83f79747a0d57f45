"""What callers get. Field names are camelCase, states lower case, times RFC 3339 in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field

from services.api_lambda.step_views import StepView, step_views
from services.api_lambda.wire_status import WireStatus
from shared.domain.audio_quality import QualityMetrics
from shared.domain.file_tags import FileTags
from shared.domain.jobs import Job, JobError, JobFile, JobType, Timings, TranscriptionOptions
from shared.domain.record import Record, Timestamp
from shared.domain.results import JobOutput, JobResult, OperationResult
from shared.domain.steps import Step
from shared.domain.workflows import OperationOrWorkflow, WorkflowResult
from shared.ports.job_store import JobPage
from shared.ports.object_store import PresignedUpload


class UploadAnswer(Record):
    """How to send the file: one request with exactly this method and these headers.

    The URL is signed for the announced size and type. Storage refuses anything else with status 403 and
    an XML body with the code ``SignatureDoesNotMatch``; an expired URL gets 403 too.
    """

    upload_url: str
    method: str = Field(examples=["PUT"])
    headers: dict[str, str] = Field(examples=[{"Content-Type": "audio/mpeg"}])
    file_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1C"])
    expires_at: Timestamp

    @classmethod
    def of(cls, file_id: str, upload: PresignedUpload) -> Self:
        """The answer for a presigned upload."""
        return cls(
            upload_url=upload.url,
            method=upload.method,
            headers=upload.headers,
            file_id=file_id,
            expires_at=upload.expires_at,
        )


class JobCreatedAnswer(Record):
    """An accepted job. ``estimatedDuration`` is a rough figure: seconds of work, without waiting."""

    job_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1D"])
    status: WireStatus = Field(examples=["pending"])
    estimated_duration: int = Field(examples=[200], description="Seconds.")
    upload: UploadAnswer | None = None
    webhook_secret: str | None = Field(
        default=None, description="With webhookUrl: what its requests are signed with, shown this once."
    )


class InputFileView(Record):
    """The file that a job works on."""

    file_id: str
    filename: str
    content_type: str
    size: int

    @classmethod
    def of(cls, file: JobFile) -> Self:
        """The caller's view of a job's input."""
        return cls(
            file_id=file.file_id,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size_bytes,
        )


class OutputFileView(Record):
    """A file that a job made."""

    filename: str
    content_type: str
    size: int

    @classmethod
    def of(cls, output: JobOutput) -> Self:
        """The caller's view of an output."""
        return cls(filename=output.filename, content_type=output.content_type, size=output.size_bytes)


class JobView(Record):
    """A job as its owner sees it."""

    id: str
    status: WireStatus
    type: str = Field(examples=["transcription"])
    progress: int = Field(ge=0, le=100)
    steps: tuple[StepView, ...]
    options: TranscriptionOptions | None = Field(description="Those of a transcription; null for others.")
    input_file: InputFileView
    output_files: tuple[OutputFileView, ...]
    operation: OperationOrWorkflow | None = Field(
        description="What a job of the audio toolbox does; null for others."
    )
    current_step: str | None = Field(description="The step of a workflow that was begun last.")
    parent_id: str | None = Field(description="The workflow that this job is part of.")
    result: JobResult | None
    quality_metrics: QualityMetrics | None = Field(
        description="Measures of the sound; null for jobs that take none."
    )
    timings: Timings | None
    attempts: int
    error: JobError | None
    created_at: Timestamp
    queued_at: Timestamp | None
    started_at: Timestamp | None
    completed_at: Timestamp | None

    @classmethod
    def of(cls, job: Job, steps: Sequence[Step] = ()) -> Self:
        """The caller's view of a job: no keys, no lease. ``steps`` are those of a workflow."""
        return cls(
            id=job.job_id,
            status=WireStatus.of(job.status),
            type=job.type.lower(),
            progress=job.progress,
            steps=step_views(job, steps),
            options=job.options if job.type is JobType.TRANSCRIPTION else None,
            operation=job.operation,
            current_step=job.current_step,
            parent_id=job.parent_id,
            input_file=InputFileView.of(job.file),
            output_files=tuple(OutputFileView.of(output) for output in job.outputs),
            result=job.result,
            quality_metrics=_quality_of(job.result),
            timings=job.timings,
            attempts=job.attempts,
            error=job.error,
            created_at=job.created_at,
            queued_at=job.queued_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
        )


def _quality_of(result: JobResult | None) -> QualityMetrics | None:
    return result.quality if isinstance(result, OperationResult | WorkflowResult) else None


class JobsAnswer(Record):
    """A page of jobs, newest first; those that a workflow is made of are not among them."""

    jobs: tuple[JobView, ...]
    next_cursor: str | None = Field(description="Send it as cursor for the next page; null on the last.")

    @classmethod
    def of(cls, page: JobPage) -> Self:
        """The answer for a page."""
        own = tuple(JobView.of(job) for job in page.jobs if job.parent_id is None)
        return cls(jobs=own, next_cursor=page.next_cursor)


class DownloadFile(Record):
    """An output and where to fetch it until ``expiresAt``."""

    filename: str
    content_type: str
    size: int
    url: str
    expires_at: Timestamp


class DownloadAnswer(Record):
    """All outputs of a job."""

    files: tuple[DownloadFile, ...]


class MetadataAnswer(Record):
    """A file's tags, as they are or as they were changed; ``files`` holds the changed file."""

    job_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1D"])
    status: WireStatus = Field(examples=["completed"])
    tags: FileTags
    files: tuple[DownloadFile, ...]


class HealthAnswer(Record):
    """The process answers; nothing behind it is asked."""

    status: Literal["ok"] = "ok"
