"""What a caller wants done with a file, as one value: every door makes it, the intake makes jobs of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api_lambda.authentication import Caller
from shared.domain.audio_operations import Operation
from shared.domain.files import FileRecord
from shared.domain.jobs import Job, JobFile, JobType, TranscriptionOptions
from shared.tracing import current_span

Work = TranscriptionOptions | Operation
"""A transcription with its options, or an operation of the audio toolbox."""


@dataclass(frozen=True)
class Wanted:
    """What one job is to do.

    ``webhook_url`` is the address that the job alone reports to; the door has checked it.
    ``batch_id`` is the batch that is told of all its jobs at once.
    """

    work: Work
    webhook_url: str | None = None
    batch_id: str | None = None

    @property
    def job_type(self) -> JobType:
        """The type of the job that does it."""
        if isinstance(self.work, TranscriptionOptions):
            return JobType.TRANSCRIPTION
        return JobType[self.work.operation.upper()]

    def job_for(self, caller: Caller, file: FileRecord, job_id: str, now: datetime) -> Job:
        """A PENDING job, not stored yet."""
        is_transcription = isinstance(self.work, TranscriptionOptions)
        return Job(
            job_id=job_id,
            user_id=file.user_id,
            type=self.job_type,
            options=self.work if is_transcription else TranscriptionOptions(),
            operation=None if is_transcription else self.work,
            file=JobFile(
                file_id=file.file_id,
                filename=file.filename,
                content_type=file.content_type,
                size_bytes=file.size_bytes,
                key=file.key,
            ),
            trace=current_span().header,
            webhook_url=self.webhook_url,
            batch_id=self.batch_id,
            audio_minutes=caller.limits.audio_minutes,
            kept_until=now + timedelta(days=caller.limits.kept_days),
            created_at=now,
            updated_at=now,
        )
