"""What the routes of webhooks have in common: which URLs are taken, secrets, and asking for a replay."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.messages import WEBHOOK_CHANNEL_PREFIX, BatchNoticeMessage, NoticeKind, NoticeMessage
from shared.domain.public_addresses import UrlRefused, target_of
from shared.domain.webhooks import Webhook, WebhookDelivery, WebhookEvent, signing_secret
from shared.ports.clock import Clock
from shared.ports.queue import MessageSender
from shared.ports.webhook_store import WebhookStore

_KINDS = {WebhookEvent.of(kind): kind for kind in (NoticeKind.COMPLETED, NoticeKind.FAILED)}


@dataclass(frozen=True)
class Webhooks:
    """``master_key`` is the deployment's secret, ``notices`` the notifier's queue."""

    store: WebhookStore
    notices: MessageSender
    clock: Clock
    master_key: str
    allow_loopback: bool = False

    def check_url(self, url: str | None) -> None:
        """Raises ``PermanentError`` (WEBHOOK_URL_REFUSED) for one that surely can't be called.

        Where its name leads is decided when it is called: that may change at any time.
        """
        if url is None:
            return
        try:
            target_of(url, allow_loopback=self.allow_loopback)
        except UrlRefused as refused:
            raise PermanentError(Fault.WEBHOOK_URL_REFUSED, reason=refused) from None

    def secret_of(self, webhook: Webhook) -> str:
        """What its requests are signed with."""
        return signing_secret(self.master_key, webhook.webhook_id, webhook.secret_version)

    def secret_of_job(self, job_id: str) -> str:
        """What the requests to a job's own webhook are signed with."""
        return signing_secret(self.master_key, job_id)

    def replay(self, user_id: str, delivery: WebhookDelivery) -> None:
        """Have it delivered once more, whatever became of it."""
        self.notices.send(self._notice_of(user_id, delivery).to_body())

    def _notice_of(self, user_id: str, delivery: WebhookDelivery) -> NoticeMessage | BatchNoticeMessage:
        channel = f"{WEBHOOK_CHANNEL_PREFIX}{delivery.webhook_id}"
        replay, now = new_id(), self.clock.now()
        if delivery.job_id is None:
            return BatchNoticeMessage(
                user_id=user_id, batch_id=delivery.batch_id or "", channel=channel, replay=replay, sent_at=now
            )
        kind = _KINDS[delivery.event]
        return NoticeMessage(job_id=delivery.job_id, kind=kind, channel=channel, replay=replay, sent_at=now)
