"""What a user has deleted is gone; what a user takes along is whole."""

import json

import pytest

from services.api_lambda.erasure import JOBS_A_CALL
from shared.domain.files import FileStatus
from shared.testing.builders import make_file

AUDIO = b"audio"


@pytest.fixture
def given_file(world):
    def given(**changes):
        file = make_file(status=FileStatus.UPLOADED, etag="e", **changes)
        world.files.create(file)
        world.upload(file, AUDIO)
        return file

    return given


def erase_all(client):
    answers = []
    while not answers or answers[-1].status_code == 202:
        answers.append(client.delete("/v1/me"))
        assert len(answers) < 20
    return answers


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


def test_everything_of_a_user_is_forgotten_share_by_share_and_nothing_of_anothers(
    world, client, stranger, given_file
):
    for _ in range(JOBS_A_CALL + 3):
        world.given_completed_job()
    theirs = world.given_completed_job(user_id="user-2")
    given_file()
    their_file = given_file(user_id="user-2")

    receipts = [answer.json() for answer in erase_all(client)]

    assert [receipt["status"] for receipt in receipts[:-1]] == ["running"] * (len(receipts) - 1)
    assert receipts[-1]["status"] == "completed"
    assert sum(receipt["deletedJobs"] for receipt in receipts) == JOBS_A_CALL + 3
    assert sum(receipt["deletedObjects"] for receipt in receipts) == 1
    assert receipts[-1]["revokedKeys"] == 1
    assert world.users.get("user-1") is None
    assert world.keys.list("user-1") == ()
    assert client.get("/v1/jobs").status_code == 401
    assert world.jobs.get(theirs.job_id) is not None
    assert set(world.audio.objects) == {their_file.key}
    assert stranger.get("/v1/jobs").status_code == 200


def test_a_user_with_nothing_is_forgotten_with_one_call(world, client):
    (answer,) = erase_all(client)

    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


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
