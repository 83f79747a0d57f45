"""Decides who is told how a job ended. The one place that knows; what telling means, each channel knows.

::

    job ended ─▶ Audience ┬─ mail: its owner, now             (not mailed: settled in the notice log as such)
                          ├─ channels: a message for each, into the notifier's own queue
                          └─ wakes: the job that made it and waits for it, and then nobody else

The rule of a kind of job that is told of otherwise, or not at all, belongs here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.domain.jobs import Job
from shared.domain.messages import EVENTS_CHANNEL, WEBHOOK_CHANNEL_PREFIX, NoticeKind
from shared.domain.webhooks import WebhookEvent, webhook_of_job
from shared.ports.webhook_store import WebhookStore


@dataclass(frozen=True)
class Audience:
    """Who hears of one ending. ``channels`` are names as in ``NoticeMessage.channel``.

    ``wakes`` is the id of the job that waits for this one.
    """

    by_mail: bool
    channels: tuple[str, ...] = ()
    wakes: str | None = None


class AudienceOf(Protocol):
    """Finds the audience of a job that has ended."""

    def __call__(self, job: Job, kind: NoticeKind) -> Audience:
        """Who is to hear of it. Raises ``TransientError``."""
        ...


class Audiences:
    """An ``AudienceOf``: the owner by mail, the webhooks that asked for it, and the event bus where one is.

    Costs one query of the owner's webhooks.
    """

    def __init__(self, webhooks: WebhookStore, *, has_event_bus: bool) -> None:
        self._webhooks = webhooks
        self._events = (EVENTS_CHANNEL,) if has_event_bus else ()

    def __call__(self, job: Job, kind: NoticeKind) -> Audience:
        """Who is to hear of it: what a job has another do for it is no owner's news."""
        if job.parent_id is not None:
            return Audience(by_mail=False, wakes=job.parent_id)
        return Audience(by_mail=True, channels=(*self._webhooks_for(job, kind), *self._events))

    def _webhooks_for(self, job: Job, kind: NoticeKind) -> tuple[str, ...]:
        event = WebhookEvent.of(kind)
        wanted = [hook for hook in self._webhooks.list(job.user_id) if hook.enabled and event in hook.events]
        own = webhook_of_job(job)
        hooks = wanted if own is None else [*wanted, own]
        return tuple(f"{WEBHOOK_CHANNEL_PREFIX}{hook.webhook_id}" for hook in hooks)
