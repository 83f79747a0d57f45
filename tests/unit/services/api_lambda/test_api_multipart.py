"""Large uploads: begun, gone on with, completed once, and of another user nothing."""

from datetime import timedelta

import pytest

from shared.domain.files import FileStatus
from tests.support.api_world import PART_BYTES

ROUTE = "/v1/upload/multipart"
SIZE = 2 * PART_BYTES + 100
BODY = b"ID3" + b"\0" * (SIZE - 3)


@pytest.fixture
def begun(client):
    answer = client.post(ROUTE, json={"filename": "long.mp3", "contentType": "audio/mpeg", "size": SIZE})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(world, file_id, number, body=None):
    file = world.files.get(file_id)
    start = (number - 1) * PART_BYTES
    part = BODY[start : start + PART_BYTES] if body is None else body
    world.parts.send(file.key, file.upload_id, number, part)


def test_a_large_file_is_cut_into_parts_that_can_be_sent_for_a_day(begun):
    assert begun == {
        "fileId": begun["fileId"],
        "size": SIZE,
        "partSize": PART_BYTES,
        "partCount": 3,
        "expiresAt": "2026-11-21T12:00:00.000Z",
    }


def test_each_part_is_signed_for_its_own_size(client, begun):
    answer = client.post(f"{ROUTE}/{begun['fileId']}/parts", json={"partNumbers": [3, 1]})
    assert answer.status_code == 200
    assert [(part["partNumber"], part["headers"]) for part in answer.json()["parts"]] == [
        (3, {"Content-Length": "100"}),
        (1, {"Content-Length": str(PART_BYTES)}),
    ]


@pytest.mark.parametrize("numbers", [[], [0], [4], [1] * 101, ["1"], [1001]])
def test_numbers_that_no_part_of_the_file_has_are_refused(client, begun, numbers):
    answer = client.post(f"{ROUTE}/{begun['fileId']}/parts", json={"partNumbers": numbers})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


def test_after_a_break_the_client_learns_what_is_there(world, client, begun):
    send(world, begun["fileId"], 2)
    answer = client.get(f"{ROUTE}/{begun['fileId']}")
    assert answer.json() == {**begun, "uploaded": [{"partNumber": 2, "size": PART_BYTES}]}


def test_a_completed_upload_sets_the_job_going_that_waits_for_it(world, client, begun):
    job_id = client.post("/v1/transcriptions", json={"fileId": begun["fileId"]}).json()["jobId"]
    for number in (1, 2, 3):
        send(world, begun["fileId"], number)
    for _ in range(2):  # an answer that got lost is asked for again
        answer = client.post(f"{ROUTE}/{begun['fileId']}/complete")
        assert (answer.status_code, answer.json()) == (200, {"fileId": begun["fileId"]})
    file = world.files.get(begun["fileId"])
    assert world.audio.objects[file.key].body == BODY
    assert world.parts.unfinished == 0
    world.router()._route(file.key)  # what storage's event leads to
    assert world.queued_job_ids() == [job_id]
    assert client.post(f"{ROUTE}/{begun['fileId']}/complete").status_code == 200


@pytest.mark.parametrize(
    ("parts", "named"),
    [({}, "1, 2, 3"), ({1: None, 3: None}, "2"), ({1: None, 2: b"short", 3: None}, "2")],
    ids=["none", "one missing", "one short"],
)
def test_an_upload_that_lacks_something_is_not_completed_and_can_go_on(world, client, begun, parts, named):
    for number, body in parts.items():
        send(world, begun["fileId"], number, body)
    answer = client.post(f"{ROUTE}/{begun['fileId']}/complete")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-incomplete")
    assert answer.json()["detail"].endswith(f": {named}.")
    assert world.audio.objects == {}
    assert world.parts.unfinished == 1


def test_a_dropped_upload_leaves_nothing(world, client, begun):
    send(world, begun["fileId"], 1)
    assert client.delete(f"{ROUTE}/{begun['fileId']}").status_code == 204
    assert world.parts.unfinished == 0
    assert world.files.get(begun["fileId"]).status is FileStatus.DELETED
    assert client.delete(f"{ROUTE}/{begun['fileId']}").status_code == 404


@pytest.mark.parametrize("how", ["file", "job"])
def test_deleting_the_file_or_its_job_drops_the_parts_too(world, client, begun, how):
    job_id = client.post("/v1/transcriptions", json={"fileId": begun["fileId"]}).json()["jobId"]
    path = f"/v1/files/{begun['fileId']}" if how == "file" else f"/v1/jobs/{job_id}?purge=true"
    assert client.delete(path).is_success
    assert world.parts.unfinished == 0


def test_an_upload_that_took_more_than_a_day_is_over(world, client, begun):
    world.clock.advance(timedelta(days=1).total_seconds())
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/parts", {"partNumbers": [1]}),
        ("POST", "/complete", None),
    ):
        answer = client.request(method, f"{ROUTE}/{begun['fileId']}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (410, "upload-expired")


def test_whoever_looks_at_a_completed_upload_is_told_that_it_is_complete(world, client, begun):
    for number in (1, 2, 3):
        send(world, begun["fileId"], number)
    assert client.post(f"{ROUTE}/{begun['fileId']}/complete").is_success

    at_once = client.get(f"{ROUTE}/{begun['fileId']}")
    world.router()._route(world.files.get(begun["fileId"]).key)  # what storage's event leads to
    later = client.get(f"{ROUTE}/{begun['fileId']}")
    parts = client.post(f"{ROUTE}/{begun['fileId']}/parts", json={"partNumbers": [1]})

    for answer in (at_once, later, parts):
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-complete")


def test_an_upload_that_storage_dropped_is_over(world, client, begun):
    file = world.files.get(begun["fileId"])
    world.parts.abort(file.key, file.upload_id)
    assert client.get(f"{ROUTE}/{begun['fileId']}").json()["code"] == "upload-expired"
    assert client.post(f"{ROUTE}/{begun['fileId']}/complete").json()["code"] == "upload-expired"


def test_the_upload_of_another_user_and_a_file_that_comes_whole_are_no_uploads_in_parts(
    client, stranger, begun
):
    whole = client.post(
        "/v1/upload/presign", json={"filename": "a.mp3", "contentType": "audio/mpeg", "size": 10}
    ).json()["fileId"]
    for caller, file_id in ((stranger, begun["fileId"]), (client, whole), (client, "nonsense")):
        for method, path, body in (
            ("GET", "", None),
            ("POST", "/parts", {"partNumbers": [1]}),
            ("POST", "/complete", None),
            ("DELETE", "", None),
        ):
            answer = caller.request(method, f"{ROUTE}/{file_id}{path}", json=body)
            assert answer.status_code == 404


def test_a_file_above_the_limit_is_refused_before_storage_hears_of_it(world, client):
    upload = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1_000_001}
    assert client.post(ROUTE, json=upload).status_code == 413
    assert world.parts.unfinished == 0
