"""Webhooks in memory."""

from __future__ import annotations

import threading

from shared.domain.webhooks import Webhook, WebhookDelivery


class InMemoryWebhookStore:
    """A ``WebhookStore``."""

    def __init__(self) -> None:
        self._webhooks: dict[tuple[str, str], Webhook] = {}
        self._deliveries: dict[tuple[str, str], WebhookDelivery] = {}
        self._lock = threading.Lock()

    def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        with self._lock:
            self._webhooks[webhook.user_id, webhook.webhook_id] = webhook

    def get(self, user_id: str, webhook_id: str) -> Webhook | None:
        """The webhook, or None."""
        with self._lock:
            return self._webhooks.get((user_id, webhook_id))

    def list(self, user_id: str) -> tuple[Webhook, ...]:
        """A user's webhooks, oldest first."""
        with self._lock:
            found = [hook for hook in self._webhooks.values() if hook.user_id == user_id]
        return tuple(sorted(found, key=lambda hook: hook.webhook_id))

    def replace(self, webhook: Webhook) -> bool:
        """Store it as it is now, unless it is gone."""
        with self._lock:
            key = (webhook.user_id, webhook.webhook_id)
            if key not in self._webhooks:
                return False
            self._webhooks[key] = webhook
            return True

    def delete(self, user_id: str, webhook_id: str) -> None:
        """Forget it."""
        with self._lock:
            self._webhooks.pop((user_id, webhook_id), None)

    def forget_deliveries(self, webhook_id: str) -> None:
        """Forget them."""
        with self._lock:
            of_webhook = [key for key in self._deliveries if key[0] == webhook_id]
            for key in of_webhook:
                del self._deliveries[key]

    def record(self, delivery: WebhookDelivery) -> None:
        """Put a delivery on record."""
        with self._lock:
            self._deliveries[delivery.webhook_id, delivery.delivery_id] = delivery

    def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery | None:
        """The delivery, or None."""
        with self._lock:
            return self._deliveries.get((webhook_id, delivery_id))

    def deliveries(self, webhook_id: str, *, limit: int) -> tuple[WebhookDelivery, ...]:
        """The latest deliveries."""
        with self._lock:
            found = [one for one in self._deliveries.values() if one.webhook_id == webhook_id]
        return tuple(sorted(found, key=lambda one: one.delivery_id, reverse=True)[:limit])
