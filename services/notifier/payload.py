"""What webhooks and the event bus tell of a job: how it ended, and nothing that was said in it."""

from __future__ import annotations

import json

from shared.domain.jobs import Job, TranscriptionResult
from shared.domain.record import format_time
from shared.domain.webhooks import WebhookEvent


def payload_of(job: Job, event: WebhookEvent, *, event_id: str) -> str:
    """JSON text; the same for the same ending, whenever it is sent."""
    data: dict[str, object] = {
        "jobId": job.job_id,
        "status": job.status.value.lower(),
        "fileId": job.file.file_id,
        "filename": job.file.filename,
    }
    if isinstance(job.result, TranscriptionResult):
        data["language"] = job.result.language
    if job.result is not None:
        data["durationSeconds"] = job.result.duration_seconds
    if job.error is not None:
        data["error"] = {"code": job.error.code, "message": job.error.message}
    return json.dumps(
        {
            "id": event_id,
            "type": event.value,
            "createdAt": format_time(job.completed_at or job.updated_at),
            "data": data,
        },
        separators=(",", ":"),
    )
