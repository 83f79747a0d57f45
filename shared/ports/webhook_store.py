"""Where users' webhooks are kept, and the log of what was delivered to them."""

from __future__ import annotations

from typing import Protocol

from shared.domain.webhooks import Webhook, WebhookDelivery

MAX_WEBHOOKS_A_USER = 10
"""So that one ending of a job stays a bounded number of requests."""


class WebhookStore(Protocol):
    """Webhooks by their user, deliveries by their webhook. Deliveries are forgotten after 30 days."""

    def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        ...

    def get(self, user_id: str, webhook_id: str) -> Webhook | None:
        """The webhook of this user, or None."""
        ...

    def list(self, user_id: str) -> tuple[Webhook, ...]:
        """A user's webhooks, oldest first."""
        ...

    def replace(self, webhook: Webhook) -> bool:
        """Store it as it is now; False where it was deleted meanwhile."""
        ...

    def delete(self, user_id: str, webhook_id: str) -> None:
        """Forget it; one that is not there is no error."""
        ...

    def forget_deliveries(self, webhook_id: str) -> None:
        """Forget all that was delivered to it."""
        ...

    def record(self, delivery: WebhookDelivery) -> None:
        """Put a delivery on record as it stands now."""
        ...

    def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery | None:
        """The delivery, or None."""
        ...

    def deliveries(self, webhook_id: str, *, limit: int) -> tuple[WebhookDelivery, ...]:
        """The latest deliveries, those of the newest jobs first."""
        ...
