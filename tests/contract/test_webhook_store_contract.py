"""Webhooks by user, deliveries by webhook."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.webhook_store import DynamoWebhookStore
from shared.domain.ids import new_id
from shared.domain.webhooks import DeliveryAttempt, DeliveryState, Webhook, WebhookDelivery, WebhookEvent
from shared.testing.clock import START
from shared.testing.webhook_store import InMemoryWebhookStore


@pytest.fixture
def webhooks(backend):
    return backend.store(InMemoryWebhookStore, DynamoWebhookStore)


def make_webhook(**changes):
    fields = {"webhook_id": new_id(), "user_id": "user-1", "url": "https://example.com/", "created_at": START}
    return Webhook(**{**fields, **changes})


def make_delivery(webhook, **changes):
    fields = {
        "delivery_id": new_id(),
        "webhook_id": webhook.webhook_id,
        "job_id": new_id(),
        "event": WebhookEvent.FAILED,
        "created_at": START,
    }
    return WebhookDelivery(**{**fields, **changes})


def test_a_webhook_is_found_by_its_user_with_everything_that_was_stored(webhooks):
    webhook = make_webhook(events=(WebhookEvent.FAILED,), enabled=False, description="d", secret_version=2)
    webhooks.add(webhook)
    assert webhooks.get("user-1", webhook.webhook_id) == webhook
    assert webhooks.get("user-2", webhook.webhook_id) is None


def test_a_users_webhooks_are_listed_oldest_first_and_no_others(webhooks):
    older, newer = make_webhook(webhook_id="1"), make_webhook(webhook_id="2")
    for webhook in (newer, make_webhook(user_id="user-2"), older):
        webhooks.add(webhook)
    assert webhooks.list("user-1") == (older, newer)


def test_a_change_of_a_deleted_webhook_does_not_bring_it_back(webhooks):
    webhook = make_webhook()
    webhooks.add(webhook)
    changed = webhook.model_copy(update={"enabled": False})
    assert webhooks.replace(changed)
    assert webhooks.get("user-1", webhook.webhook_id) == changed
    webhooks.delete("user-1", webhook.webhook_id)
    assert not webhooks.replace(webhook)
    assert webhooks.list("user-1") == ()


def test_a_delivery_is_kept_as_it_stood_last_and_the_newest_are_listed_first(webhooks):
    webhook = make_webhook()
    older, newer = make_delivery(webhook, delivery_id="1"), make_delivery(webhook, delivery_id="2")
    for delivery in (older, newer, make_delivery(make_webhook())):
        webhooks.record(delivery)
    attempt = DeliveryAttempt(at=START, status_code=500, error="said 500", duration_ms=12)
    tried = older.model_copy(
        update={
            "attempts": (attempt,),
            "state": DeliveryState.FAILED,
            "next_attempt_at": START + timedelta(seconds=5),
        }
    )
    webhooks.record(tried)
    assert webhooks.delivery(webhook.webhook_id, "1") == tried
    assert webhooks.delivery(webhook.webhook_id, "3") is None
    assert webhooks.deliveries(webhook.webhook_id, limit=10) == (newer, tried)
    assert webhooks.deliveries(webhook.webhook_id, limit=1) == (newer,)
