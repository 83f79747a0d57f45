"""What a user has deleted is gone; what a user takes along is whole."""

import json

import pytest

from shared.domain.errors import TransientError
from shared.domain.files import FileStatus
from shared.domain.tiers import LimitOverrides
from shared.testing.builders import make_file, make_user

AUDIO = b"audio"


@pytest.fixture
def given_file(world):
    def given(**changes):
        file = make_file(status=FileStatus.UPLOADED, etag="e", **changes)
        world.files.create(file)
        world.upload(file, AUDIO)
        return file

    return given


def test_a_deleted_file_loses_its_audio_and_its_name(world, client, given_file):
    file = given_file()

    assert client.delete(f"/v1/files/{file.file_id}").status_code == 204

    assert world.audio.objects == {}
    assert (world.files.get(file.file_id).status, world.files.get(file.file_id).filename) == ("DELETED", "")
    assert client.delete(f"/v1/files/{file.file_id}").status_code == 404


def test_anothers_file_is_not_deleted(world, stranger, given_file):
    file = given_file()

    for file_id in (file.file_id, "x", "01KAGZ4Q8B5W2J0T3X9V6M7N1C"):
        assert stranger.delete(f"/v1/files/{file_id}").status_code == 404
    assert file.key in world.audio.objects


def test_an_account_is_closed_at_once_and_its_receipt_opens_without_a_key(world, client, anonymous):
    answer = client.delete("/v1/me")

    receipt = answer.json()
    assert (answer.status_code, receipt["status"]) == (202, "running")
    assert answer.headers["Location"] == f"/v1/receipts/{receipt['receiptId']}"
    assert world.erasures.get(receipt["receiptId"]).user_id == "user-1"
    for _ in range(2):
        again = client.get("/v1/jobs")
        assert (again.status_code, again.json()["code"]) == (403, "account-closed")
    found = anonymous.get(answer.headers["Location"])
    assert (found.status_code, found.json()) == (200, receipt)
    assert "user-1" not in found.text


def test_a_receipt_tells_what_was_deleted_and_when_it_was_done(world, client, anonymous):
    receipt_id = client.delete("/v1/me").json()["receiptId"]
    world.erasures.count(receipt_id, jobs=3, objects=2, webhooks=1, keys=1)
    world.clock.advance(300)
    world.erasures.complete(receipt_id, now=world.clock.now())

    receipt = anonymous.get(f"/v1/receipts/{receipt_id}").json()

    assert receipt["status"] == "completed"
    assert (receipt["deletedJobs"], receipt["deletedObjects"]) == (3, 2)
    assert (receipt["deletedWebhooks"], receipt["revokedKeys"]) == (1, 1)
    assert receipt["completedAt"] > receipt["requestedAt"]


def test_a_call_in_a_process_that_does_not_know_yet_gets_the_receipt_that_stands(world, make_client):
    first, second = make_client(), make_client()
    assert second.get("/v1/jobs").status_code == 200  # which it remembers

    receipts = [process.delete("/v1/me").json()["receiptId"] for process in (first, second)]

    assert receipts[0] == receipts[1]
    assert world.erasures.open_until(world.clock.now(), most=9) == (receipts[0],)


def test_a_call_that_died_before_the_account_was_closed_leaves_it_to_be_erased(world, make_client):
    world.users.close = lambda *_values, **_named: (_ for _ in ()).throw(TransientError("the table is away"))

    assert make_client().delete("/v1/me").status_code == 503

    (receipt_id,) = world.erasures.open_until(world.clock.now(), most=9)
    assert world.erasures.get(receipt_id).user_id == "user-1"


def test_who_has_a_key_and_no_profile_is_shut_out_as_well(world, client):
    world.users.delete("user-1")

    assert client.delete("/v1/me").status_code == 202
    assert client.get("/v1/jobs").status_code == 403


@pytest.mark.parametrize("receipt_id", ["x", "01KAGZ4Q8B5W2J0T3X9V6M7N1C", "..%2f..%2fUSER"])
def test_no_receipt_is_guessed(anonymous, receipt_id):
    assert anonymous.get(f"/v1/receipts/{receipt_id}").status_code == 404


def test_the_export_holds_profile_keys_and_jobs_and_no_secret(world, client):
    job = world.given_completed_job()
    world.given_completed_job(user_id="user-2")

    export = client.get("/v1/me/export").json()

    assert export["profile"]["id"] == "user-1"
    assert export["profile"]["email"] == "owner@example.com"
    assert [entry["id"] for entry in export["jobs"]] == [job.job_id]
    assert [key["name"] for key in export["keys"]] == ["a key"]
    assert world.keys.list("user-1")[0].key_hash not in str(export)
    assert export["nextCursor"] is None


def test_the_export_holds_webhooks_without_secrets_and_batches_on_its_first_page(world, client):
    world.users.put(make_user(limits=LimitOverrides(unlimited=True)))
    made = client.post("/v1/webhooks", json={"url": "https://example.com/hook"}).json()
    upload = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000}
    batch = client.post("/v1/batch", json={"items": [{"upload": upload}] * 101}).json()

    export = client.get("/v1/me/export").json()

    assert [hook["id"] for hook in export["webhooks"]] == [made["id"]]
    assert made["secret"] not in str(export)
    ((batch_id, job_ids),) = [(one["id"], one["jobIds"]) for one in export["batches"]]
    assert (batch_id, len(job_ids)) == (batch["batchId"], 101)
    assert client.get("/v1/me/export", params={"cursor": export["nextCursor"]}).json()["batches"] == []


def test_the_profile_says_what_the_account_may_use(client):
    profile = client.get("/v1/me").json()

    assert (profile["tier"], profile["limits"]["jobsAtOnce"]) == ("enterprise", 100)


def test_the_log_says_who_read_and_deleted_what(world, client, log_stream):
    job = world.given_completed_job()
    client.get(f"/v1/jobs/{job.job_id}/transcript?format=json")
    client.delete(f"/v1/jobs/{job.job_id}?purge=true")

    lines = [json.loads(line) for line in log_stream.getvalue().splitlines()]
    asked = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["user_id"], line["job_id"]) for line in asked] == [
        ("GET", "user-1", job.job_id),
        ("DELETE", "user-1", job.job_id),
    ]
