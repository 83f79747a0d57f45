"""Webhooks over the API: their owner's alone, secrets shown once, deliveries replayed."""

from datetime import timedelta

import pytest

from shared.domain.ids import new_id
from shared.domain.messages import NoticeMessage
from shared.domain.record import format_time
from shared.domain.webhooks import WebhookDelivery, WebhookEvent, signing_secret
from shared.ports.webhook_store import MAX_WEBHOOKS_A_USER
from shared.testing.clock import START

URL = "https://example.com/hook"
MASTER_KEY = "m" * 32
UPLOAD = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 5}


def made(client, headers=None, **fields):
    answer = client.post("/v1/webhooks", json={"url": URL, **fields}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def given_delivery(world, webhook_id, job_id=None):
    delivery = WebhookDelivery(
        delivery_id=new_id(),
        webhook_id=webhook_id,
        job_id=job_id or new_id(),
        event=WebhookEvent.FAILED,
        created_at=START,
    )
    world.webhooks.record(delivery)
    return delivery


def test_a_new_webhook_shows_its_secret_once(client):
    webhook = made(client, events=["job.failed"], description="to the archive")

    assert webhook["secret"] == signing_secret(MASTER_KEY, webhook["id"])
    shown = {name: value for name, value in webhook.items() if name != "secret"}
    assert client.get("/v1/webhooks").json() == {"webhooks": [shown]}
    assert client.get(f"/v1/webhooks/{webhook['id']}").json() == shown
    assert (shown["events"], shown["enabled"]) == (["job.failed"], True)


def test_a_repeated_request_makes_one_webhook_and_shows_no_secret(client):
    key = {"Idempotency-Key": "once"}
    first, second = made(client, key), made(client, key)

    assert (first["id"], second["secret"]) == (second["id"], None)
    assert len(client.get("/v1/webhooks").json()["webhooks"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00::1]/",
        "https://localhost/",
        "https://user@example.com/",
        "not a url",
    ],
)
def test_a_url_that_leads_inside_is_refused_wherever_it_is_given(world, client, url):
    webhook = made(client)
    answers = (
        client.post("/v1/webhooks", json={"url": url}),
        client.patch(f"/v1/webhooks/{webhook['id']}", json={"url": url}),
        client.post("/v1/transcriptions", json={"upload": UPLOAD, "webhookUrl": url}),
    )
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (400, "webhook-url-refused")
    }
    assert client.get(f"/v1/webhooks/{webhook['id']}").json()["url"] == URL
    assert client.get("/v1/jobs").json()["jobs"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", ""), ("url", "x" * 2_001), ("events", []), ("events", ["job.started"]), ("secret", "mine")],
)
def test_a_webhook_that_makes_no_sense_is_refused(client, field, value):
    answer = client.post("/v1/webhooks", json={"url": URL, field: value})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_an_account_has_a_bounded_number_of_webhooks(client):
    for _ in range(MAX_WEBHOOKS_A_USER):
        made(client)

    answer = client.post("/v1/webhooks", json={"url": URL})

    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-webhooks")


def test_a_change_leaves_what_it_does_not_name(client):
    webhook = made(client, description="d")

    changed = client.patch(
        f"/v1/webhooks/{webhook['id']}", json={"enabled": False, "events": ["job.failed", "job.completed"]}
    ).json()

    assert changed["enabled"] is False
    assert (changed["url"], changed["description"]) == (URL, "d")
    assert changed["events"] == ["job.completed", "job.failed"]


def test_a_replaced_secret_is_another_one(client):
    webhook = made(client)

    renewed = client.post(f"/v1/webhooks/{webhook['id']}/secret").json()

    assert renewed["secret"] == signing_secret(MASTER_KEY, webhook["id"], 2)
    assert renewed["secret"] != webhook["secret"]


@pytest.mark.parametrize(("query", "hours"), [("", 24), ("?overlapHours=0", 0), ("?overlapHours=168", 168)])
def test_the_secret_before_is_good_for_a_while_that_its_owner_chooses(world, client, query, hours):
    webhook = made(client)

    renewed = client.post(f"/v1/webhooks/{webhook['id']}/secret{query}").json()

    ends = world.clock.now() + timedelta(hours=hours)
    assert renewed["previousSecretUntil"] == format_time(ends)
    assert world.webhooks.get("user-1", webhook["id"]).previous_secret_until == ends
    assert webhook["previousSecretUntil"] is None


@pytest.mark.parametrize("hours", ["-1", "169", "1.5", "x"])
def test_no_other_while_is_taken(client, hours):
    webhook = made(client)

    assert client.post(f"/v1/webhooks/{webhook['id']}/secret?overlapHours={hours}").status_code == 422
    assert client.get(f"/v1/webhooks/{webhook['id']}").json()["previousSecretUntil"] is None


def test_a_deleted_webhook_is_gone(client):
    webhook = made(client)

    assert client.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204
    assert client.delete(f"/v1/webhooks/{webhook['id']}").status_code == 404
    assert client.get("/v1/webhooks").json() == {"webhooks": []}


def test_a_delivery_is_shown_and_replayed(world, client):
    webhook = made(client)
    delivery = given_delivery(world, webhook["id"])
    path = f"/v1/webhooks/{webhook['id']}/deliveries"

    (shown,) = client.get(path).json()["deliveries"]
    assert (shown["id"], shown["state"]) == (delivery.delivery_id, "pending")
    assert client.post(f"{path}/{delivery.delivery_id}/replay").status_code == 202

    (body,) = world.notices.bodies
    notice = NoticeMessage.from_body(body)
    assert (notice.job_id, notice.kind.value) == (delivery.job_id, "FAILED")
    assert notice.channel == f"webhook:{webhook['id']}"
    assert notice.replay is not None


def test_anothers_webhook_does_not_exist(world, client, stranger):
    webhook = made(client)
    delivery = given_delivery(world, webhook["id"])
    job = world.given_completed_job(webhook_url=URL)
    own = given_delivery(world, job.job_id, job.job_id)
    path = f"/v1/webhooks/{webhook['id']}"

    answers = (
        stranger.get(path),
        stranger.patch(path, json={"enabled": False}),
        stranger.delete(path),
        stranger.post(f"{path}/secret"),
        stranger.get(f"{path}/deliveries"),
        stranger.post(f"{path}/deliveries/{delivery.delivery_id}/replay"),
        stranger.get(f"/v1/webhooks/{job.job_id}/deliveries"),
        stranger.post(f"/v1/webhooks/{job.job_id}/deliveries/{own.delivery_id}/replay"),
        stranger.get("/v1/webhooks/x"),
    )
    assert {answer.status_code for answer in answers} == {404}
    assert stranger.get("/v1/webhooks").json() == {"webhooks": []}
    assert world.notices.bodies == []


def test_a_read_key_neither_makes_nor_replays(world, make_client, client):
    world.given_key("reader", scope="read")
    webhook = made(client)
    delivery = given_delivery(world, webhook["id"])
    reader = make_client("reader")
    path = f"/v1/webhooks/{webhook['id']}"

    assert reader.get(path).status_code == 200
    assert {
        reader.post("/v1/webhooks", json={"url": URL}).status_code,
        reader.patch(path, json={"enabled": False}).status_code,
        reader.delete(path).status_code,
        reader.post(f"{path}/secret").status_code,
        reader.post(f"{path}/deliveries/{delivery.delivery_id}/replay").status_code,
    } == {403}


def test_a_job_has_a_webhook_of_its_own(world, client):
    body, key = {"upload": UPLOAD, "webhookUrl": URL}, {"Idempotency-Key": "once"}

    created = client.post("/v1/transcriptions", json=body, headers=key).json()
    again = client.post("/v1/transcriptions", json=body, headers=key).json()

    assert created["webhookSecret"] == signing_secret(MASTER_KEY, created["jobId"])
    assert again["jobId"] == created["jobId"]
    assert "webhookSecret" not in again
    assert world.jobs.get(created["jobId"]).webhook_url == URL
    delivery = given_delivery(world, created["jobId"], created["jobId"])
    (shown,) = client.get(f"/v1/webhooks/{created['jobId']}/deliveries").json()["deliveries"]
    assert shown["id"] == delivery.delivery_id


def test_a_file_announced_before_takes_a_webhook_too(world, client):
    file_id = client.post("/v1/upload/presign", json=UPLOAD).json()["fileId"]

    created = client.post("/v1/transcriptions", json={"fileId": file_id, "webhookUrl": URL}).json()

    assert world.jobs.get(created["jobId"]).webhook_url == URL
