"""What travels through the queues. Bodies are JSON with a schema version."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from shared.domain.errors import EscribaError
from shared.domain.ids import ID_PATTERN
from shared.domain.jobs import Job
from shared.domain.record import Record, Timestamp

EVENTS_CHANNEL = "events"
LIVE_CHANNEL = "live"
WEBHOOK_CHANNEL_PREFIX = "webhook:"
CHANNEL_PATTERN = rf"^({EVENTS_CHANNEL}|{LIVE_CHANNEL}|{WEBHOOK_CHANNEL_PREFIX}{ID_PATTERN.strip('^$')})$"


class UnreadableMessage(EscribaError):
    """A body that is none of ours: it goes to the dead-letter queue with the reason."""


class Message(Record):
    """Base of all message bodies."""

    schema_version: Literal[1] = 1

    def to_body(self) -> str:
        """The JSON text that is sent."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The message in a body; raises :class:`UnreadableMessage`."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise UnreadableMessage(f"not a {cls.__name__}: {error.error_count()} faults") from error


class JobMessage(Message):
    """Asks a worker to do a job, or one ``chunk`` of it.

    It names the job and nothing that could grow stale. Only a chunk's message has the field ``chunk``:
    a worker from before it reads all others, and refuses a chunk's.
    """

    job_id: str = Field(pattern=ID_PATTERN)
    chunk: int | None = Field(default=None, ge=0)
    sent_at: Timestamp


class NoticeKind(StrEnum):
    """What a notice tells: the owner how the job ended, or those who watch it that it changed."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CHANGED = "CHANGED"


class NoticeMessage(Message):
    """Asks the notifier to tell a job's owner how it ended.

    Without a ``channel`` by e-mail, and to ask for a message of its own for each other channel:
    ``events``, ``live``, or ``webhook:`` and the webhook's id. ``replay`` makes what was told before be told
    again. What is CHANGED goes to ``watchers`` alone, the connections that watched the job by then: it may
    have been deleted since.
    """

    job_id: str = Field(pattern=ID_PATTERN)
    kind: NoticeKind
    channel: str | None = Field(default=None, pattern=CHANNEL_PATTERN)
    replay: str | None = Field(default=None, pattern=ID_PATTERN)
    watchers: tuple[str, ...] | None = None
    sent_at: Timestamp


class BatchNoticeMessage(Message):
    """Asks the notifier to see whether a batch has ended, and then to tell its owner of the whole.

    ``channel`` and ``replay`` are as in :class:`NoticeMessage`; with a channel it has ended.
    """

    user_id: str
    batch_id: str = Field(pattern=ID_PATTERN)
    channel: str | None = Field(default=None, pattern=CHANNEL_PATTERN)
    replay: str | None = Field(default=None, pattern=ID_PATTERN)
    sent_at: Timestamp


def read_notice(body: str) -> NoticeMessage | BatchNoticeMessage:
    """Either message of the notification queue; raises :class:`UnreadableMessage`."""
    try:
        return _NOTICE.validate_json(body)
    except ValidationError as error:
        raise UnreadableMessage(
            f"not a NoticeMessage, nor one of a batch: {error.error_count()} faults"
        ) from error


def notice_id(job: Job, kind: NoticeKind) -> str:
    """What makes a notice one: the job, how it ended, and how often it had been replayed by then.

    A job that failed, was replayed and completed has two endings to tell of; copies of either message
    lead to the same id.
    """
    return f"{job.job_id}/{kind.value}/{job.redrives}"


def batch_notice_id(batch_id: str) -> str:
    """What makes the notice of a batch one: there is no second ending."""
    return f"{batch_id}/BATCH"


_NOTICE: TypeAdapter[NoticeMessage | BatchNoticeMessage] = TypeAdapter(NoticeMessage | BatchNoticeMessage)
