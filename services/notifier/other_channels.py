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

from collections.abc import Sequence

from services.notifier.announcement import Announcement, batch_announcement, job_announcement
from services.notifier.live_channel import LiveChannel
from services.notifier.webhook_channel import WebhookChannel
from shared.domain.batches import Batch, BatchOutcome
from shared.domain.ids import new_id
from shared.domain.jobs import Job
from shared.domain.messages import EVENTS_CHANNEL, LIVE_CHANNEL, WEBHOOK_CHANNEL_PREFIX, NoticeMessage
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.event_bus import EventBus
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.ports.queue import MessageSender
from shared.worker.fate import Done, Fate, Later

_log = get_logger(__name__)


class OtherChannels:
    """Webhooks, and the event bus and live progress where there are such."""

    def __init__(
        self,
        *,
        webhooks: WebhookChannel,
        events: EventBus | None,
        live: LiveChannel | None,
        queue: MessageSender,
        notice_log: NoticeLog,
        clock: Clock,
        sending_lease_seconds: float,
    ) -> None:
        self._webhooks = webhooks
        self._events = events
        self._live = live
        self._queue = queue
        self._notice_log = notice_log
        self._clock = clock
        self._sending_lease_seconds = sending_lease_seconds

    def ask(self, notice: NoticeMessage, channels: Sequence[str]) -> None:
        """A message for each channel that is to hear of this ending."""
        for channel in channels:
            self._queue.send(notice.model_copy(update={"channel": channel}).to_body())

    def tell(self, job: Job, notice: NoticeMessage, channel: str) -> Fate:
        """Do what a channel's message asks for."""
        if channel == LIVE_CHANNEL:
            return self._live.tell_end(job, notice) if self._live is not None else Done()
        return self._tell(job_announcement(job, notice.kind), channel, notice.replay)

    def tell_change(self, notice: NoticeMessage) -> Fate:
        """Tell those who watch a job that it changed; nobody else hears of that."""
        return self._live.tell_change(notice) if self._live is not None else Done()

    def tell_of_batch(self, batch: Batch, outcome: BatchOutcome, channel: str, *, replay: str | None) -> Fate:
        """The same for a batch that has ended."""
        return self._tell(batch_announcement(batch, outcome), channel, replay)

    def _tell(self, announcement: Announcement, channel: str, replay: str | None) -> Fate:
        if channel != EVENTS_CHANNEL:
            webhook_id = channel.removeprefix(WEBHOOK_CHANNEL_PREFIX)
            return self._webhooks.tell(announcement, webhook_id, replay=replay)
        if self._events is None:
            _log.info("event dropped: there is no bus any more")
            return Done()
        return self._publish(self._events, announcement)

    def _publish(self, bus: EventBus, announcement: Announcement) -> Fate:
        event, told = announcement.event, announcement.notice
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
        bus.publish(event.value, announcement.payload(told))
        self._notice_log.record_sent(told, EVENTS_CHANNEL, message_id=told, now=self._clock.now())
        _log.info("event published", event_type=event.value)
        return Done()
