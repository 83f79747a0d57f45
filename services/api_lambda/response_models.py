"""What callers get. Field names are camelCase, states lower case, times RFC 3339 in UTC."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field

from shared.domain.audio_operations import Operation
from shared.domain.audio_quality import QualityMetrics
from shared.domain.jobs import (
    FileTags,
    Job,
    JobError,
    JobFile,
    JobOutput,
    JobResult,
    JobStatus,
    JobType,
    OperationResult,
    Timings,
    TranscriptionOptions,
)
from shared.domain.record import Record, Timestamp
from shared.ports.job_store import JobPage
from shared.ports.object_store import PresignedUpload


class WireStatus(StrEnum):
    """A job's state as callers see it."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @classmethod
    def of(cls, status: JobStatus) -> Self:
        """The wire's word for a state."""
        return cls[status.name]

    def to_job_status(self) -> JobStatus:
        """The state that the word stands for."""
        return JobStatus[self.name]


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


class StepView(Record):
    """A stage of a job. ``duration`` is in seconds, null until it ended well."""

    name: str
    status: WireStatus
    duration: float | None
    output: str | None


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
    operation: Operation | None = Field(description="What a job of the audio toolbox does; null for others.")
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
    def of(cls, job: Job) -> Self:
        """The caller's view of a job: no keys, no lease."""
        return cls(
            id=job.job_id,
            status=WireStatus.of(job.status),
            type=job.type.lower(),
            progress=job.progress,
            steps=(_only_step(job),),
            options=job.options if job.type is JobType.TRANSCRIPTION else None,
            operation=job.operation,
            input_file=InputFileView.of(job.file),
            output_files=tuple(OutputFileView.of(output) for output in job.outputs),
            result=job.result,
            quality_metrics=job.result.quality if isinstance(job.result, OperationResult) else None,
            timings=job.timings,
            attempts=job.attempts,
            error=job.error,
            created_at=job.created_at,
            queued_at=job.queued_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
        )


def _only_step(job: Job) -> StepView:
    return StepView(
        name=job.type.lower(),
        status=WireStatus.of(job.status),
        duration=round(job.timings.total_ms / 1000, 3) if job.timings else None,
        output=job.outputs[0].filename if job.outputs else None,
    )


class JobsAnswer(Record):
    """A page of jobs, newest first."""

    jobs: tuple[JobView, ...]
    next_cursor: str | None = Field(description="Send it as cursor for the next page; null on the last.")

    @classmethod
    def of(cls, page: JobPage) -> Self:
        """The answer for a page."""
        return cls(jobs=tuple(JobView.of(job) for job in page.jobs), next_cursor=page.next_cursor)


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
