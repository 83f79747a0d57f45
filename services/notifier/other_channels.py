"""The channels besides e-mail: each gets a message of its own, so that none waits for another.

::

    notice ─▶ one message for each webhook, the event bus and those who watch, into the same queue ─▶ e-mail
                     │
                     └─▶ right to send claimed ─▶ told ─▶ recorded ─▶ message deleted

A notice that comes again asks again; what was told is dropped by the notice log. A webhook that can't be
reached is tried again after longer and longer waits, which the record of the delivery keeps, so that a
second copy of its message neither hastens nor prolongs them.
"""

from __future__ import annotations

from services.notifier.live_channel import LiveChannel
from services.notifier.payload import payload_of
from services.notifier.webhook_channel import WebhookChannel
from shared.domain.ids import new_id
from shared.domain.jobs import Job
from shared.domain.messages import (
    EVENTS_CHANNEL,
    LIVE_CHANNEL,
    WEBHOOK_CHANNEL_PREFIX,
    NoticeMessage,
    notice_id,
)
from shared.domain.webhooks import WebhookEvent, webhook_of_job
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.event_bus import EventBus
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.ports.queue import MessageSender
from shared.ports.webhook_store import WebhookStore
from shared.worker.fate import Done, Fate, Later

_log = get_logger(__name__)


class OtherChannels:
    """Webhooks, and the event bus and live progress where there are such."""

    def __init__(
        self,
        *,
        store: WebhookStore,
        webhooks: WebhookChannel,
        events: EventBus | None,
        live: LiveChannel | None,
        queue: MessageSender,
        notice_log: NoticeLog,
        clock: Clock,
        sending_lease_seconds: float,
    ) -> None:
        self._store = store
        self._webhooks = webhooks
        self._events = events
        self._live = live
        self._queue = queue
        self._notice_log = notice_log
        self._clock = clock
        self._sending_lease_seconds = sending_lease_seconds

    def ask(self, job: Job, notice: NoticeMessage) -> None:
        """A message for each channel that is to hear of this ending."""
        event = WebhookEvent.of(notice.kind)
        wanted = [hook for hook in self._store.list(job.user_id) if hook.enabled and event in hook.events]
        own = webhook_of_job(job)
        hooks = wanted if own is None else [*wanted, own]
        channels = [f"{WEBHOOK_CHANNEL_PREFIX}{hook.webhook_id}" for hook in hooks]
        if self._live is not None and job.watchers:
            channels.append(LIVE_CHANNEL)
        if self._events is not None:
            channels.append(EVENTS_CHANNEL)
        for channel in channels:
            self._queue.send(notice.model_copy(update={"channel": channel}).to_body())

    def tell(self, job: Job, notice: NoticeMessage, channel: str) -> Fate:
        """Do what a channel's message asks for."""
        if channel == LIVE_CHANNEL:
            return self._live.tell_end(job, notice) if self._live is not None else Done()
        if channel != EVENTS_CHANNEL:
            return self._webhooks.tell(job, notice, channel.removeprefix(WEBHOOK_CHANNEL_PREFIX))
        if self._events is None:
            _log.info("event dropped: there is no bus any more")
            return Done()
        return self._publish(self._events, job, notice)

    def tell_change(self, notice: NoticeMessage) -> Fate:
        """Tell those who watch a job that it changed; nobody else hears of that."""
        return self._live.tell_change(notice) if self._live is not None else Done()

    def _publish(self, bus: EventBus, job: Job, notice: NoticeMessage) -> Fate:
        event, told = WebhookEvent.of(notice.kind), notice_id(job, notice.kind)
        try:
            self._notice_log.claim(
                told,
                EVENTS_CHANNEL,
                owner=new_id(),
                now=self._clock.now(),
                lease_seconds=self._sending_lease_seconds,
            )
        except NoticeAlreadySent:
            return Done()
        except NoticeBeingSent:
            return Later(self._sending_lease_seconds, "somebody else is publishing this event")
        bus.publish(event.value, payload_of(job, event, event_id=told))
        self._notice_log.record_sent(told, EVENTS_CHANNEL, message_id=told, now=self._clock.now())
        _log.info("event published", event_type=event.value)
        return Done()
