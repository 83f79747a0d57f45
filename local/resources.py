"""What the system consists of in the cloud, and how its services are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """A queue and its dead-letter queue, by URL."""

    url: str
    dead_letter_url: str


@dataclass(frozen=True)
class Resources:
    """Every resource, by the name or URL that a service needs."""

    job_table_name: str
    audio_bucket_name: str
    transcript_bucket_name: str
    uploads: Queue
    transcription: Queue
    notification: Queue
    mail_from: str

    def environment(self) -> Mapping[str, str]:
        """The variables that tell all services of them."""
        return {
            "JOB_TABLE_NAME": self.job_table_name,
            "AUDIO_BUCKET_NAME": self.audio_bucket_name,
            "TRANSCRIPT_BUCKET_NAME": self.transcript_bucket_name,
            "UPLOADS_QUEUE_URL": self.uploads.url,
            "UPLOADS_DEAD_LETTER_QUEUE_URL": self.uploads.dead_letter_url,
            "TRANSCRIPTION_QUEUE_URL": self.transcription.url,
            "TRANSCRIPTION_DEAD_LETTER_QUEUE_URL": self.transcription.dead_letter_url,
            "NOTIFICATION_QUEUE_URL": self.notification.url,
            "NOTIFICATION_DEAD_LETTER_QUEUE_URL": self.notification.dead_letter_url,
            "MAIL_FROM": self.mail_from,
        }
