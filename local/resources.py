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
    transcription_priority: Queue
    conversion: Queue
    conversion_priority: Queue
    notification: Queue
    mail_from: str

    @property
    def queues(self) -> Mapping[str, Queue]:
        """Every queue, by the word that its variables begin with."""
        return {
            "UPLOADS": self.uploads,
            "TRANSCRIPTION": self.transcription,
            "TRANSCRIPTION_PRIORITY": self.transcription_priority,
            "CONVERSION": self.conversion,
            "CONVERSION_PRIORITY": self.conversion_priority,
            "NOTIFICATION": self.notification,
        }

    def environment(self) -> Mapping[str, str]:
        """The variables that tell all services of them."""
        return {
            "JOB_TABLE_NAME": self.job_table_name,
            "AUDIO_BUCKET_NAME": self.audio_bucket_name,
            "TRANSCRIPT_BUCKET_NAME": self.transcript_bucket_name,
            "MAIL_FROM": self.mail_from,
            **{f"{kind}_QUEUE_URL": queue.url for kind, queue in self.queues.items()},
            **{f"{kind}_DEAD_LETTER_QUEUE_URL": queue.dead_letter_url for kind, queue in self.queues.items()},
        }


def resources_of(environment: Mapping[str, str]) -> Resources:
    """The resources that :meth:`Resources.environment` tells of: what Terraform's output holds."""
    return Resources(
        job_table_name=environment["JOB_TABLE_NAME"],
        audio_bucket_name=environment["AUDIO_BUCKET_NAME"],
        transcript_bucket_name=environment["TRANSCRIPT_BUCKET_NAME"],
        uploads=_queue_of(environment, "UPLOADS"),
        transcription=_queue_of(environment, "TRANSCRIPTION"),
        transcription_priority=_queue_of(environment, "TRANSCRIPTION_PRIORITY"),
        conversion=_queue_of(environment, "CONVERSION"),
        conversion_priority=_queue_of(environment, "CONVERSION_PRIORITY"),
        notification=_queue_of(environment, "NOTIFICATION"),
        mail_from=environment["MAIL_FROM"],
    )


def _queue_of(environment: Mapping[str, str], kind: str) -> Queue:
    return Queue(
        url=environment[f"{kind}_QUEUE_URL"], dead_letter_url=environment[f"{kind}_DEAD_LETTER_QUEUE_URL"]
    )
