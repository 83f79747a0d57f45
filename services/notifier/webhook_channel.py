"""One event for one webhook: signed, sent, put on record, and tried again where that may help.

A process that dies between the answer and its record sends the request again, under the same delivery id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.notifier.announcement import Announcement
from services.notifier.webhook_poster import Outcome, Poster
from shared.domain.ids import new_id
from shared.domain.messages import WEBHOOK_CHANNEL_PREFIX
from shared.domain.webhooks import (
    DELIVERY_HEADER,
    MOST_ATTEMPTS_KEPT,
    SIGNATURE_HEADER,
    DeliveryAttempt,
    DeliveryState,
    Webhook,
    WebhookDelivery,
    delivery_id_of,
    secrets_of,
    signature,
)
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.ports.webhook_store import WebhookStore
from shared.worker.fate import Done, Fate, Later

_log = get_logger(__name__)


@dataclass(frozen=True)
class _Telling:
    """One asking to tell one webhook; ``told`` is what the notice log knows it by."""

    webhook: Webhook
    delivery: WebhookDelivery
    body: bytes
    told: str
    replay: str | None

    @property
    def channel(self) -> str:
        return f"{WEBHOOK_CHANNEL_PREFIX}{self.webhook.webhook_id}"


class WebhookChannel:
    """Tells webhooks."""

    def __init__(
        self,
        *,
        store: WebhookStore,
        poster: Poster,
        master_keys: tuple[str, ...],
        notice_log: NoticeLog,
        clock: Clock,
        metrics: Metrics,
        retry_delays_seconds: tuple[float, ...],
        sending_lease_seconds: float,
    ) -> None:
        self._store = store
        self._poster = poster
        self._master_keys = master_keys
        self._notice_log = notice_log
        self._clock = clock
        self._metrics = metrics
        self._retry_delays_seconds = retry_delays_seconds
        self._sending_lease_seconds = sending_lease_seconds

    def tell(self, announcement: Announcement, webhook_id: str, *, replay: str | None) -> Fate:
        """One try, unless it is too early for it, was told, or is given up."""
        own = announcement.own_webhook if webhook_id == announcement.subject_id else None
        webhook = own or self._store.get(announcement.user_id, webhook_id)
        if webhook is None or not webhook.enabled:
            _log.info("webhook dropped: its owner deleted it or switched it off", webhook_id=webhook_id)
            return Done()
        told = "/".join(filter(None, (announcement.notice, replay)))
        owner = new_id()
        try:
            self._notice_log.claim(
                told,
                f"{WEBHOOK_CHANNEL_PREFIX}{webhook_id}",
                owner=owner,
                now=self._clock.now(),
                lease_seconds=self._sending_lease_seconds,
            )
        except NoticeAlreadySent:
            return Done()
        except NoticeBeingSent:
            return Later(self._sending_lease_seconds, "somebody else is calling this webhook")
        return self._try(self._telling(announcement, webhook, told, replay), owner)

    def _telling(
        self, announcement: Announcement, webhook: Webhook, told: str, replay: str | None
    ) -> _Telling:
        delivery_id = delivery_id_of(announcement.subject_id, announcement.notice, webhook.webhook_id)
        known = self._store.delivery(webhook.webhook_id, delivery_id)
        return _Telling(
            webhook=webhook,
            delivery=known
            or WebhookDelivery(
                delivery_id=delivery_id,
                webhook_id=webhook.webhook_id,
                job_id=announcement.job_id,
                batch_id=announcement.batch_id,
                event=announcement.event,
                created_at=self._clock.now(),
            ),
            body=announcement.payload(delivery_id).encode(),
            told=told,
            replay=replay,
        )

    def _try(self, telling: _Telling, owner: str) -> Fate:
        now, delivery = self._clock.now(), telling.delivery
        tries = delivery.tries_of(telling.replay)
        due = delivery.next_attempt_at if tries else None
        if due is not None and now < due:
            self._release(telling, owner)
            return Later((due - now).total_seconds(), "the next try at this webhook is not due yet")
        if tries and delivery.state is DeliveryState.FAILED:
            self._notice_log.record_refused(telling.told, telling.channel, now=now)
            return Done()
        outcome, duration_ms = self._post(telling)
        return self._settle(telling, owner, outcome, duration_ms, tries)

    def _post(self, telling: _Telling) -> tuple[Outcome, int]:
        now = self._clock.now()
        secrets = secrets_of(self._master_keys, telling.webhook, at=now)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Escriba",
            DELIVERY_HEADER: telling.delivery.delivery_id,
            SIGNATURE_HEADER: signature(secrets, telling.body, at=now),
        }
        began = self._clock.monotonic()
        outcome = self._poster.post(telling.webhook.url, telling.body, headers)
        return outcome, round((self._clock.monotonic() - began) * 1000)

    def _settle(self, telling: _Telling, owner: str, outcome: Outcome, duration_ms: int, tries: int) -> Fate:
        now = self._clock.now()
        repeats = outcome.is_worth_repeating and tries < len(self._retry_delays_seconds)
        delay_seconds = self._retry_delays_seconds[tries] if repeats else 0
        state = DeliveryState.PENDING if repeats else DeliveryState.FAILED
        attempt = DeliveryAttempt(
            at=now,
            status_code=outcome.status_code,
            error=outcome.error,
            duration_ms=duration_ms,
            replay=telling.replay,
        )
        self._store.record(
            telling.delivery.model_copy(
                update={
                    "state": DeliveryState.DELIVERED if outcome.was_taken else state,
                    "attempts": (*telling.delivery.attempts, attempt)[-MOST_ATTEMPTS_KEPT:],
                    "next_attempt_at": now + timedelta(seconds=delay_seconds) if repeats else None,
                }
            )
        )
        _log.info(
            "webhook called",
            webhook_id=telling.webhook.webhook_id,
            status_code=outcome.status_code,
            error=outcome.error,
        )
        if outcome.was_taken:
            self._metrics.record({Metric.WEBHOOKS_DELIVERED: 1})
            self._notice_log.record_sent(
                telling.told, telling.channel, message_id=telling.delivery.delivery_id, now=now
            )
            return Done()
        if repeats:
            self._release(telling, owner)
            return Later(delay_seconds, outcome.error or "the webhook did not take it")
        self._metrics.record({Metric.WEBHOOKS_GIVEN_UP: 1})
        self._notice_log.record_refused(telling.told, telling.channel, now=now)
        return Done()

    def _release(self, telling: _Telling, owner: str) -> None:
        self._notice_log.release(telling.told, telling.channel, owner=owner, now=self._clock.now())
