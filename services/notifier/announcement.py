"""What webhooks and the event bus tell: how a job or a batch ended, and nothing that was said in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from shared.domain.batches import Batch, BatchOutcome
from shared.domain.jobs import Job
from shared.domain.messages import NoticeKind, batch_notice_id, notice_id
from shared.domain.record import format_time
from shared.domain.results import TranscriptionResult
from shared.domain.webhooks import Webhook, WebhookEvent, webhook_of_job
from shared.domain.workflows import WorkflowResult


@dataclass(frozen=True)
class Announcement:
    """One ending. ``notice`` is what the notice log knows it by; ``own_webhook`` the job's own, if any."""

    event: WebhookEvent
    notice: str
    user_id: str
    at: datetime
    data: dict[str, object]
    job_id: str | None = None
    batch_id: str | None = None
    own_webhook: Webhook | None = None

    @property
    def subject_id(self) -> str:
        """The job's id, or the batch's."""
        return self.job_id or self.batch_id or ""

    def payload(self, event_id: str) -> str:
        """JSON text; the same for the same ending, whenever it is sent."""
        return json.dumps(
            {
                "id": event_id,
                "type": self.event.value,
                "createdAt": format_time(self.at),
                "data": self.data,
            },
            separators=(",", ":"),
        )


def job_announcement(job: Job, kind: NoticeKind) -> Announcement:
    """How a job ended."""
    data: dict[str, object] = {
        "jobId": job.job_id,
        "type": job.type.value.lower(),
        "status": job.status.value.lower(),
        "fileId": job.file.file_id,
        "filename": job.file.filename,
    }
    if isinstance(job.result, TranscriptionResult):
        data["language"] = job.result.language
    if job.result is not None:
        data["durationSeconds"] = job.result.duration_seconds
    if isinstance(job.result, WorkflowResult):
        data["passed"] = job.result.passed
        data["failedLimits"] = [
            {"name": check.name, "message": check.sentence} for check in job.result.checks if not check.holds
        ]
    if job.error is not None:
        data["error"] = {"code": job.error.code, "message": job.error.message}
    return Announcement(
        event=WebhookEvent.of(kind),
        notice=notice_id(job, kind),
        user_id=job.user_id,
        at=job.completed_at or job.updated_at,
        data=data,
        job_id=job.job_id,
        own_webhook=webhook_of_job(job),
    )


def batch_announcement(batch: Batch, outcome: BatchOutcome) -> Announcement:
    """How a batch ended."""
    return Announcement(
        event=WebhookEvent.BATCH_COMPLETED,
        notice=batch_notice_id(batch.batch_id),
        user_id=batch.user_id,
        at=outcome.ended_at,
        data={
            "batchId": batch.batch_id,
            "jobs": {status.value.lower(): count for status, count in sorted(outcome.by_status.items())},
            "deleted": outcome.deleted,
            "refused": batch.refused,
        },
        batch_id=batch.batch_id,
    )
