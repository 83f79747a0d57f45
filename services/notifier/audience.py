"""Decides who is told how a job ended. The one place that knows; what telling means, each channel knows.

::

    job ended ─▶ Audience ┬─ mail: its owner, now             (not mailed: settled in the notice log as such)
                          ├─ channels: a message for each, into the notifier's own queue
                          ├─ batch: its own notice, once it has ended
                          └─ wakes: the job that made it and waits for it, and then nobody else

The rule of a kind of job that is told of otherwise, or not at all, belongs here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.domain.audio_operations import MetadataOptions
from shared.domain.batches import Batch
from shared.domain.jobs import Job
from shared.domain.messages import EVENTS_CHANNEL, LIVE_CHANNEL, WEBHOOK_CHANNEL_PREFIX, NoticeKind
from shared.domain.webhooks import Webhook, WebhookEvent, webhook_of_job
from shared.ports.webhook_store import WebhookStore


@dataclass(frozen=True)
class Audience:
    """Who hears of one ending. ``channels`` are names as in ``NoticeMessage.channel``.

    ``batch_id`` is the batch that may have ended with it, whose notice tells of this one too; ``wakes`` is
    the job that waits for it.
    """

    by_mail: bool
    channels: tuple[str, ...] = ()
    batch_id: str | None = None
    wakes: str | None = None


class AudienceOf(Protocol):
    """Finds the audience of a job that has ended."""

    def __call__(self, job: Job, kind: NoticeKind) -> Audience:
        """Who is to hear of it. Raises ``TransientError``."""
        ...


class Audiences:
    """An ``AudienceOf``: the owner by mail, those who watch, the webhooks that asked for it, the event bus.

    Those who watch, and the bus, where they can be told. Costs one query of the owner's webhooks.
    """

    def __init__(self, webhooks: WebhookStore, *, has_event_bus: bool, tells_live: bool) -> None:
        self._webhooks = webhooks
        self._events = (EVENTS_CHANNEL,) if has_event_bus else ()
        self._tells_live = tells_live

    def __call__(self, job: Job, kind: NoticeKind) -> Audience:
        """Who is to hear of it.

        A job that an operator replayed is mailed about by itself: its batch may have been told of long ago.
        What one job has another do for it is no owner's news, and of a quiet one nobody hears: whoever wants
        it looks at it. Who watches either hears of it. Tags are read by a call that answers with them: no
        mail says so again, but one of a failure does.
        """
        live = (LIVE_CHANNEL,) if self._tells_live and job.watchers else ()
        if job.parent_id is not None:
            return Audience(by_mail=False, channels=live, wakes=job.parent_id)
        if job.quiet:
            return Audience(by_mail=False, channels=live)
        own = webhook_of_job(job)
        hooks = [*self._webhooks_for(job.user_id, WebhookEvent.of(kind)), *([own] if own else [])]
        return Audience(
            by_mail=not _was_only_read(job, kind) and (job.batch_id is None or job.redrives > 0),
            channels=(*live, *map(_channel_of, hooks), *self._events),
            batch_id=job.batch_id,
        )

    def of_batch(self, batch: Batch) -> Audience:
        """Who is to hear that all jobs of a batch have ended."""
        hooks = self._webhooks_for(batch.user_id, WebhookEvent.BATCH_COMPLETED)
        return Audience(by_mail=True, channels=(*map(_channel_of, hooks), *self._events))

    def _webhooks_for(self, user_id: str, event: WebhookEvent) -> list[Webhook]:
        return [hook for hook in self._webhooks.list(user_id) if hook.enabled and event in hook.events]


def _was_only_read(job: Job, kind: NoticeKind) -> bool:
    reads = isinstance(job.operation, MetadataOptions) and not job.operation.writes
    return reads and kind is NoticeKind.COMPLETED


def _channel_of(webhook: Webhook) -> str:
    return f"{WEBHOOK_CHANNEL_PREFIX}{webhook.webhook_id}"
