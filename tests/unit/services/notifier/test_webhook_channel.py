"""Each webhook is told once, in its own time, with a signature that its owner can check."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from services.notifier.webhook_poster import Outcome
from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.domain.webhooks import (
    DELIVERY_HEADER,
    SIGNATURE_HEADER,
    DeliveryState,
    WebhookEvent,
    signing_secret,
)
from shared.metrics import Metric
from shared.testing.event_bus import RecordingEventBus
from shared.worker.fate import Done, Later
from tests.support.notifier_stage import MASTER_KEY, OWNER, RETRY_DELAYS_SECONDS, Stage

DOWN = Outcome(status_code=503, error="answered 503")


@pytest.fixture
def stage():
    return Stage()


def asked(stage, job, kind=NoticeKind.COMPLETED):
    """The messages for other channels that one notice leaves."""
    before = len(stage.queue.bodies)
    assert stage.notify(job.job_id, kind) == Done()
    return stage.queue.bodies[before:]


def channels_of(bodies):
    return [NoticeMessage.from_body(body).channel for body in bodies]


def delivery_of(stage, webhook_id):
    (delivery,) = stage.webhooks.deliveries(webhook_id, limit=10)
    return delivery


def test_a_notice_asks_for_each_webhook_that_wants_it_and_mails_as_before(stage):
    wanted = stage.given_webhook()
    stage.given_webhook(enabled=False)
    stage.given_webhook(events=(WebhookEvent.FAILED,))
    stage.given_webhook(user_id="somebody-else")
    assert channels_of(asked(stage, stage.add())) == [f"webhook:{wanted.webhook_id}"]
    assert len(stage.mailer.sent) == 1


def test_a_failed_mail_does_not_keep_webhooks_from_being_told(stage):
    stage.given_webhook()
    stage.mailer.failures.append(TransientError("down"))
    job = stage.add()
    with pytest.raises(TransientError):
        stage.notify(job.job_id)
    assert len(stage.queue.bodies) == 1


def test_the_request_tells_the_ending_and_is_signed_with_the_webhooks_secret(stage):
    webhook = stage.given_webhook(secret_version=3)
    job = stage.add()
    (body,) = asked(stage, job)
    assert stage.handle(body) == Done()
    ((url, sent, headers),) = stage.poster.requests
    assert url == webhook.url
    told = json.loads(sent)
    assert (told["type"], told["id"]) == ("job.completed", headers[DELIVERY_HEADER])
    assert (told["data"]["jobId"], told["data"]["status"]) == (job.job_id, "completed")
    assert job.result.preview not in sent.decode()
    moment, given = (part.split("=")[1] for part in headers[SIGNATURE_HEADER].split(","))
    secret = signing_secret(MASTER_KEY, webhook.webhook_id, 3)
    assert int(moment) == int(stage.clock.now().timestamp())
    assert given == hmac.new(secret.encode(), f"{moment}.".encode() + sent, hashlib.sha256).hexdigest()


def test_a_failure_is_told_with_its_code(stage):
    stage.given_webhook()
    job = stage.add(JobStatus.FAILED)
    (body,) = asked(stage, job, NoticeKind.FAILED)
    stage.handle(body)
    assert json.loads(stage.poster.requests[0][1])["data"]["error"]["code"] == job.error.code


def test_a_message_that_comes_twice_calls_once(stage):
    stage.given_webhook()
    job = stage.add()
    for body in asked(stage, job) + asked(stage, job):
        assert stage.handle(body) == Done()
    assert len(stage.poster.requests) == 1


def test_secrets_differ_by_webhook_version_and_deployment():
    secrets = {
        signing_secret(key, webhook, version) for key in "ab" for webhook in ("1", "2") for version in (1, 2)
    }
    assert len(secrets) == 8


def test_a_webhook_that_is_down_is_tried_again_with_growing_waits_under_the_same_id(stage):
    webhook = stage.given_webhook()
    stage.poster.outcomes = [DOWN, DOWN]
    (body,) = asked(stage, stage.add())
    for delay in RETRY_DELAYS_SECONDS:
        fate = stage.handle(body)
        assert isinstance(fate, Later)
        assert fate.seconds == delay
        assert delivery_of(stage, webhook.webhook_id).state is DeliveryState.PENDING
        stage.clock.advance(delay)
    assert stage.handle(body) == Done()
    delivery = delivery_of(stage, webhook.webhook_id)
    assert delivery.state is DeliveryState.DELIVERED
    assert [attempt.status_code for attempt in delivery.attempts] == [503, 503, 204]
    assert {headers[DELIVERY_HEADER] for _, _, headers in stage.poster.requests} == {delivery.delivery_id}


def test_a_second_copy_does_not_hasten_the_next_try(stage):
    stage.given_webhook()
    stage.poster.outcomes = [DOWN]
    (body,) = asked(stage, stage.add())
    stage.handle(body)
    stage.clock.advance(4)
    fate = stage.handle(body)
    assert isinstance(fate, Later)
    assert fate.seconds == pytest.approx(RETRY_DELAYS_SECONDS[0] - 4)
    assert len(stage.poster.requests) == 1


def test_a_webhook_that_stays_down_is_given_up_for_all_copies(stage):
    webhook = stage.given_webhook()
    stage.poster.outcomes = [DOWN] * 3
    (body,) = asked(stage, stage.add())
    for delay in RETRY_DELAYS_SECONDS:
        stage.handle(body)
        stage.clock.advance(delay)
    assert stage.handle(body) == Done()
    assert stage.handle(body) == Done()
    assert len(stage.poster.requests) == 3
    assert delivery_of(stage, webhook.webhook_id).state is DeliveryState.FAILED
    assert stage.metrics.values_of(Metric.WEBHOOKS_GIVEN_UP) == [1]


@pytest.mark.parametrize(
    "outcome",
    [Outcome(status_code=410, error="answered 410"), Outcome(error="not called", refused=True)],
    ids=["4xx", "refused"],
)
def test_a_refusal_ends_it_at_once(stage, outcome):
    webhook = stage.given_webhook()
    stage.poster.outcomes = [outcome]
    (body,) = asked(stage, stage.add())
    assert stage.handle(body) == Done()
    assert delivery_of(stage, webhook.webhook_id).state is DeliveryState.FAILED


@pytest.mark.parametrize("first", [204, 410])
def test_a_replay_calls_again_under_the_same_id(stage, first):
    webhook = stage.given_webhook()
    stage.poster.outcomes = [Outcome(status_code=first)]
    (body,) = asked(stage, stage.add())
    stage.handle(body)
    replay = NoticeMessage.from_body(body).model_copy(update={"replay": new_id()}).to_body()
    assert stage.handle(replay) == Done()
    assert stage.handle(replay) == Done()
    delivery = delivery_of(stage, webhook.webhook_id)
    assert [attempt.status_code for attempt in delivery.attempts] == [first, 204]
    assert delivery.state is DeliveryState.DELIVERED


def test_a_jobs_own_webhook_is_told_of_it(stage):
    job = stage.add(webhook_url="https://example.com/mine")
    (body,) = asked(stage, job)
    stage.handle(body)
    ((url, _, _),) = stage.poster.requests
    assert url == "https://example.com/mine"
    assert delivery_of(stage, job.job_id).state is DeliveryState.DELIVERED


def test_a_webhook_that_was_deleted_meanwhile_is_not_called(stage):
    webhook = stage.given_webhook()
    (body,) = asked(stage, stage.add())
    stage.webhooks.delete(OWNER.user_id, webhook.webhook_id)
    assert stage.handle(body) == Done()
    assert stage.poster.requests == []


def test_a_webhook_that_somebody_else_is_calling_waits(stage):
    webhook = stage.given_webhook()
    job = stage.add()
    (body,) = asked(stage, job)
    stage.notice_log.claim(
        f"{job.job_id}/COMPLETED/0",
        f"webhook:{webhook.webhook_id}",
        owner="another",
        now=stage.clock.now() + timedelta(seconds=1),
        lease_seconds=90,
    )
    assert isinstance(stage.handle(body), Later)
    assert stage.poster.requests == []


def test_the_event_bus_is_told_once_where_there_is_one():
    stage = Stage(bus=RecordingEventBus())
    job = stage.add()
    bodies = asked(stage, job) + asked(stage, job)
    assert channels_of(bodies) == ["events", "events"]
    for body in bodies:
        assert stage.handle(body) == Done()
    ((event, detail),) = stage.bus.published
    assert (event, json.loads(detail)["data"]["jobId"]) == ("job.completed", job.job_id)


def test_without_a_bus_no_event_is_asked_for(stage):
    assert asked(stage, stage.add()) == []
