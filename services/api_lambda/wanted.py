"""What a caller wants done with a file, as one value: every door makes it, the intake makes jobs of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api_lambda.authentication import Caller
from shared.domain.audio_operations import MetadataOptions, Operation
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.files import FileRecord
from shared.domain.jobs import Job, JobFile, JobType, TranscriptionOptions
from shared.domain.tiers import Ability, lowest_tier_with
from shared.domain.workflows import AudiobookOptions, MusicMasteringOptions, PodcastOptions, Workflow
from shared.tracing import current_span

Work = TranscriptionOptions | Operation | Workflow
"""A transcription with its options, an operation of the audio toolbox, or a workflow."""


@dataclass(frozen=True)
class Wanted:
    """What one job is to do.

    ``webhook_url`` and ``batch_id`` say who is told of the job's end besides its owner, or in place of the
    owner: see ``Job``. The door has checked the address. ``cover`` is the image that is to be put into the
    file, and its content type.
    """

    work: Work
    webhook_url: str | None = None
    batch_id: str | None = None
    cover: tuple[bytes, str] | None = None

    @property
    def job_type(self) -> JobType:
        """The type of the job that does it."""
        if isinstance(self.work, TranscriptionOptions):
            return JobType.TRANSCRIPTION
        return JobType[self.work.operation.upper()]

    @property
    def ability(self) -> Ability:
        """What the caller's tier must include."""
        match self.work:
            case TranscriptionOptions():
                return Ability.TRANSCRIBE
            case MetadataOptions(writes=writes):
                return Ability.WRITE_METADATA if writes else Ability.READ_METADATA
            case PodcastOptions() | MusicMasteringOptions() | AudiobookOptions():
                return Ability.WORKFLOWS
            case work:
                return Ability(work.operation)

    def check_allowed(self, caller: Caller) -> None:
        """Raises ``PermanentError(TIER_TOO_LOW)``."""
        if self.ability not in caller.limits.abilities:
            tier = lowest_tier_with(self.ability)
            raise PermanentError(Fault.TIER_TOO_LOW, ability=self.ability.value, tier=tier.value)

    def job_for(self, caller: Caller, file: FileRecord, job_id: str, now: datetime) -> Job:
        """A PENDING job, not stored yet."""
        is_transcription = isinstance(self.work, TranscriptionOptions)
        return Job(
            job_id=job_id,
            user_id=file.user_id,
            type=self.job_type,
            priority=caller.limits.priority,
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
