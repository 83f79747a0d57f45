"""Webhooks in the table.

::

    USER#{user_id} / WEBHOOK#{webhook_id}              the webhook
    WEBHOOK#{webhook_id} / DELIVERY#{delivery_id}      what became of one event, for 30 days
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import (
    PARTITION_KEY,
    SORT_KEY,
    TTL,
    Plain,
    key_of,
    plain_of,
    record_of,
    ttl_of_remains,
    unindexed,
)
from shared.aws.table import Changes, Table
from shared.domain.webhooks import Webhook, WebhookDelivery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoWebhookStore:
    """A ``WebhookStore``.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem, dynamodb:Query
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        self._table.put({**_key_of(webhook.user_id, webhook.webhook_id), **unindexed(plain_of(webhook))})

    def get(self, user_id: str, webhook_id: str) -> Webhook | None:
        """The webhook, or None."""
        item = self._table.get(_key_of(user_id, webhook_id), consistent=True)
        return None if item is None else record_of(Webhook, item)

    def list(self, user_id: str) -> tuple[Webhook, ...]:
        """A user's webhooks, oldest first."""
        of_user = Key(PARTITION_KEY).eq(f"USER#{user_id}") & Key(SORT_KEY).begins_with("WEBHOOK#")
        return tuple(record_of(Webhook, item) for item in self._table.query_all(of_user))

    def replace(self, webhook: Webhook) -> bool:
        """Store it as it is now, unless it is gone: an update would make it anew."""
        try:
            self._table.update(
                _key_of(webhook.user_id, webhook.webhook_id),
                Changes(put=unindexed(plain_of(webhook))),
                condition=Attr(PARTITION_KEY).exists(),
            )
        except ConditionFailed:
            return False
        return True

    def delete(self, user_id: str, webhook_id: str) -> None:
        """Forget it; its deliveries go by their time to live."""
        self._table.delete(_key_of(user_id, webhook_id))

    def forget_deliveries(self, webhook_id: str) -> None:
        """One query and a write for each."""
        for key in self._table.query_all(Key(PARTITION_KEY).eq(f"WEBHOOK#{webhook_id}"), keys_alone=True):
            self._table.delete(key)

    def record(self, delivery: WebhookDelivery) -> None:
        """Put a delivery on record, for 30 days from its latest attempt."""
        latest = delivery.attempts[-1].at if delivery.attempts else delivery.created_at
        key = _delivery_key(delivery.webhook_id, delivery.delivery_id)
        self._table.put({**key, **unindexed(plain_of(delivery)), TTL: ttl_of_remains(latest)})

    def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery | None:
        """The delivery, or None."""
        item = self._table.get(_delivery_key(webhook_id, delivery_id), consistent=True)
        return None if item is None else record_of(WebhookDelivery, item)

    def deliveries(self, webhook_id: str, *, limit: int) -> tuple[WebhookDelivery, ...]:
        """The latest deliveries: one query."""
        of_webhook = Key(PARTITION_KEY).eq(f"WEBHOOK#{webhook_id}") & Key(SORT_KEY).begins_with("DELIVERY#")
        items = self._table.query_last(of_webhook, read_at_most=limit)
        return tuple(record_of(WebhookDelivery, item) for item in items)


def _key_of(user_id: str, webhook_id: str) -> Plain:
    return key_of(f"USER#{user_id}", f"WEBHOOK#{webhook_id}")


def _delivery_key(webhook_id: str, delivery_id: str) -> Plain:
    return key_of(f"WEBHOOK#{webhook_id}", f"DELIVERY#{delivery_id}")
