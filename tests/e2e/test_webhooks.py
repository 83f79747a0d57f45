"""Webhooks between real processes: told, signed, tried again, given up, on record, delivered once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Caller, Platform, eventually
from tests.support.documented_receiver import documented_check
from tests.support.media import SAMPLES
from tests.support.webhook_receiver import Receiver, running_receiver

NO_MEDIA = b"<!doctype html><html><body>Not audio at all.</body></html>"
SPEECH = SAMPLES / "en_1_clean.flac"
Webhook = dict[str, Any]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def made(caller: Caller, receiver: Receiver) -> Iterator[Callable[..., Webhook]]:
    """Makes webhooks that lead to the receiver, and deletes them: the account is every test's."""
    ids: list[str] = []

    def make(*events: str, path: str = "/hook") -> Webhook:
        answer = caller.http.post(
            "/v1/webhooks", json={"url": f"{receiver.url}{path}", "events": list(events)}
        )
        assert answer.status_code == 201, answer.text
        webhook: Webhook = answer.json()
        ids.append(webhook["id"])
        return webhook

    yield make
    for webhook_id in ids:
        caller.http.delete(f"/v1/webhooks/{webhook_id}")


def failing_job(caller: Caller, **options: object) -> str:
    """One that fails as soon as its file is there."""
    upload = caller.submit(NO_MEDIA, filename="page.mp3", content_type="audio/mpeg", **options)
    assert caller.ended(upload.job_id)["status"] == "failed"
    return upload.job_id


def delivery(caller: Caller, webhook_id: str, job_id: str, state: str) -> dict[str, Any]:
    """The log's entry about a job, once it is in a state."""

    def found() -> dict[str, Any] | None:
        log = caller.http.get(f"/v1/webhooks/{webhook_id}/deliveries").json()["deliveries"]
        return next((one for one in log if (one["jobId"], one["state"]) == (job_id, state)), None)

    entry = eventually(found, f"a delivery that is {state}")
    assert entry is not None
    return entry


def statuses(entry: dict[str, Any]) -> list[int | None]:
    return [attempt["statusCode"] for attempt in entry["attempts"]]


def test_a_completed_job_is_told_once_and_signed_as_the_documentation_says(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    webhook = made("job.completed")
    upload = caller.submit(SPEECH.read_bytes(), filename="a \U0001f3a7.flac", content_type="audio/flac")
    assert caller.ended(upload.job_id)["status"] == "completed"
    entry = delivery(caller, webhook["id"], upload.job_id, "delivered")
    (request,) = receiver.about(upload.job_id)
    assert documented_check()(webhook["secret"], request.headers["Escriba-Signature"], request.body)
    assert not documented_check()("whsec_another", request.headers["Escriba-Signature"], request.body)
    told = json.loads(request.body)
    assert (told["type"], told["data"]["jobId"]) == ("job.completed", upload.job_id)
    assert told["data"]["filename"] == "a \U0001f3a7.flac"
    assert request.headers["Escriba-Delivery"] == entry["id"] == told["id"]
    assert statuses(entry) == [204]


def test_a_receiver_that_is_down_is_tried_again_until_it_takes_it(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    webhook = made("job.failed")
    receiver.answers = [500, 503]
    job_id = failing_job(caller)
    entry = delivery(caller, webhook["id"], job_id, "delivered")
    assert statuses(entry) == [500, 503, 204]
    told = receiver.about(job_id)
    assert len({request.headers["Escriba-Delivery"] for request in told}) == 1
    assert len({request.body for request in told}) == 1
    assert json.loads(told[0].body)["data"]["error"]["code"] == "not-media"


@pytest.mark.parametrize("status", [400, 410])
def test_a_receiver_that_refuses_is_not_asked_again_but_on_request(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook], status: int
) -> None:
    webhook = made("job.failed")
    receiver.answers = [status]
    job_id = failing_job(caller)
    entry = delivery(caller, webhook["id"], job_id, "failed")
    assert (statuses(entry), entry["nextAttemptAt"]) == ([status], None)
    replayed = caller.http.post(f"/v1/webhooks/{webhook['id']}/deliveries/{entry['id']}/replay")
    assert replayed.status_code == 202
    assert statuses(delivery(caller, webhook["id"], job_id, "delivered")) == [status, 204]
    assert [request.headers["Escriba-Delivery"] for request in receiver.about(job_id)] == [entry["id"]] * 2


def test_a_redirect_into_the_network_is_not_followed(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    webhook = made("job.failed")
    receiver.answers, receiver.leads_to = [307], f"{receiver.url}/inside"
    entry = delivery(caller, webhook["id"], failing_job(caller), "failed")
    assert statuses(entry) == [307]
    assert receiver.of("/inside") == []


def test_a_jobs_own_webhook_is_told_beside_the_accounts(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    webhook = made("job.failed")
    answer = caller.http.post(
        "/v1/transcriptions",
        json={
            "upload": {"filename": "page.mp3", "contentType": "audio/mpeg", "size": len(NO_MEDIA)},
            "webhookUrl": f"{receiver.url}/own",
        },
    ).json()
    upload = answer["upload"]
    caller.storage.request(upload["method"], upload["uploadUrl"], headers=upload["headers"], content=NO_MEDIA)
    delivery(caller, webhook["id"], answer["jobId"], "delivered")
    delivery(caller, answer["jobId"], answer["jobId"], "delivered")
    (request,) = receiver.of("/own")
    assert documented_check()(answer["webhookSecret"], request.headers["Escriba-Signature"], request.body)
    assert len([one for one in receiver.about(answer["jobId"]) if one.path == "/hook"]) == 1


def test_while_a_secret_is_replaced_the_old_one_and_the_new_one_open(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    webhook = made("job.failed")
    renewed = caller.http.post(f"/v1/webhooks/{webhook['id']}/secret").json()
    job_id = failing_job(caller)
    delivery(caller, webhook["id"], job_id, "delivered")
    (request,) = receiver.about(job_id)
    for secret in (webhook["secret"], renewed["secret"]):
        assert documented_check()(secret, request.headers["Escriba-Signature"], request.body)


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://0xa9fea9fe/",
        "https://10.1.2.3/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://metadata.google.internal/",
        "https://user:secret@example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
    ],
)
def test_what_leads_inside_is_refused_wherever_it_is_given(caller: Caller, url: str) -> None:
    item = {"upload": {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 5}, "webhookUrl": url}
    for path, body in (("/v1/webhooks", {"url": url}), ("/v1/transcriptions", item)):
        answer = caller.http.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "webhook-url-refused")
    (refused,) = caller.http.post("/v1/batch", json={"items": [item]}).json()["items"]
    assert refused["error"]["code"] == "webhook-url-refused"


def test_a_batch_told_of_as_a_whole_is_one_mail_and_one_event(
    caller: Caller, receiver: Receiver, made: Callable[..., Webhook]
) -> None:
    made("batch.completed")
    files = [(b"", "none.mp3"), (NO_MEDIA, "<b>page</b>.mp3"), (SPEECH.read_bytes(), "speech.flac")]
    items = [
        {"upload": {"filename": name, "contentType": "audio/mpeg", "size": len(content)}}
        for content, name in files
    ]
    batch = caller.http.post("/v1/batch", json={"items": items, "notify": "batch"}).json()
    assert (batch["accepted"], batch["refused"]) == (2, 1)
    for (content, _name), item in zip(files[1:], batch["items"][1:], strict=True):
        upload = item["upload"]
        caller.storage.request(
            upload["method"], upload["uploadUrl"], headers=upload["headers"], content=content
        )
    mail = caller.mail(batch["batchId"])
    assert mail["Subject"] == "Batch done: 1 of 2 completed"
    assert "&lt;b&gt;page&lt;/b&gt;.mp3" in str(mail)
    (request,) = eventually(lambda: receiver.got, "the event")
    assert json.loads(request.body)["data"] == {
        "batchId": batch["batchId"],
        "jobs": {"completed": 1, "failed": 1},
        "deleted": 0,
        "refused": 1,
    }
    assert [caller.mails(item["jobId"]) for item in batch["items"][1:]] == [[], []]


def test_an_account_is_erased_and_leaves_a_receipt_and_nothing_else(platform: Platform) -> None:
    caller = platform.caller
    signed_in = {"Authorization": f"Bearer {platform.token_of('leaving@example.com')}", "X-API-Key": ""}
    upload = {"filename": "secret plans.mp3", "contentType": "audio/mpeg", "size": len(NO_MEDIA)}
    made = caller.http.post("/v1/transcriptions", json={"upload": upload}, headers=signed_in)
    assert made.status_code == 202, made.text
    where = made.json()["upload"]
    caller.storage.request(where["method"], where["uploadUrl"], headers=where["headers"], content=NO_MEDIA)
    key = caller.http.post("/v1/keys", json={"name": "mine"}, headers=signed_in).json()["key"]

    asked = caller.http.delete("/v1/me", headers=signed_in)

    assert asked.status_code == 202, asked.text
    assert caller.http.get("/v1/jobs", headers=signed_in).json()["code"] == "account-closed"
    path = asked.headers["Location"]

    def completed() -> dict[str, Any] | None:
        receipt: dict[str, Any] = caller.storage.get(f"{platform.api_url}{path}").json()
        return receipt if receipt["status"] == "completed" else None

    receipt = eventually(completed, "the erasure", seconds=60)
    assert receipt is not None
    assert (receipt["deletedJobs"], receipt["revokedKeys"]) == (1, 1)
    assert caller.http.get("/v1/jobs", headers={"X-API-Key": key}).status_code == 401
    assert caller.http.get("/v1/jobs", headers=signed_in).json()["jobs"] == []  # a new account
