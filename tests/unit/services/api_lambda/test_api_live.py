"""Live progress over a WebSocket: what a subscriber hears, and who may subscribe."""

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from services.api_lambda.live_socket import MOST_WATCHED, SIGNED_OUT
from shared.domain.api_keys import hash_api_key
from shared.domain.jobs import Timings
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_outputs, make_result
from tests.unit.services.api_lambda.conftest import API_KEY


def subscribe(socket, job_id, action="subscribe"):
    socket.send_json({"action": action, "jobId": job_id})
    return socket.receive_json()


def extend(world, job, percent):
    lease = HeldLease(job.job_id, "worker", job.attempts)
    world.jobs.extend(lease, now=world.clock.now(), lease_seconds=60, progress=percent)


def complete(world, job):
    world.jobs.complete(
        HeldLease(job.job_id, "worker", job.attempts),
        now=world.clock.now(),
        result=make_result(),
        outputs=make_outputs(job),
        timings=Timings(total_ms=1),
    )


@pytest.fixture
def socket(client):
    with client.websocket_connect("/v1/live") as opened:
        yield opened


def test_a_subscriber_hears_the_state_at_once_then_each_change_and_the_end(world, socket):
    job = world.given_processing_job()

    assert subscribe(socket, job.job_id) == {"subscribed": True, "jobId": job.job_id}
    assert socket.receive_json()["progress"] == 0
    extend(world, job, 40)
    assert socket.receive_json() == {
        "type": "progress",
        "jobId": job.job_id,
        "progress": 40,
        "currentStep": "transcription",
        "message": "Being worked on.",
    }
    complete(world, job)
    last = socket.receive_json()
    assert last["type"] == "completed"
    assert [file["filename"] for file in last["outputFiles"]] == ["meeting.txt", "meeting.json"]


def test_who_subscribes_late_is_told_how_it_ended(world, socket):
    job = world.given_completed_job()

    subscribe(socket, job.job_id)

    assert socket.receive_json()["type"] == "completed"


def test_one_connection_watches_several_jobs(world, socket):
    jobs = [world.given_processing_job() for _ in range(2)]
    for job in jobs:
        subscribe(socket, job.job_id)
        socket.receive_json()

    for job in reversed(jobs):
        complete(world, job)
        assert socket.receive_json()["jobId"] == job.job_id


def test_after_unsubscribing_nothing_is_heard_of_the_job(world, socket):
    left, kept = world.given_processing_job(), world.given_processing_job()
    for job in (left, kept):
        subscribe(socket, job.job_id)
        socket.receive_json()

    assert subscribe(socket, left.job_id, "unsubscribe") == {"subscribed": False, "jobId": left.job_id}
    complete(world, left)
    extend(world, kept, 50)

    assert socket.receive_json()["jobId"] == kept.job_id


def test_another_users_job_does_not_exist(world, socket):
    job = world.given_processing_job(user_id="user-2")
    unknown = "01KAGZ4Q8B5W2J0T3X9V6M7N1C"

    refusals = [subscribe(socket, job_id) for job_id in (job.job_id, unknown)]

    assert [refusal.pop("jobId") for refusal in refusals] == [job.job_id, unknown]
    assert (
        refusals[0]
        == refusals[1]
        == {
            "type": "error",
            "code": "not-found",
            "error": "There is no such resource.",
        }
    )


def test_a_watched_job_that_is_deleted_is_gone(world, socket):
    job = world.given_completed_job()
    watched = world.given_job()
    subscribe(socket, watched.job_id)
    socket.receive_json()

    world.jobs.cancel(watched.job_id, now=world.clock.now())
    assert socket.receive_json() == {"type": "cancelled", "jobId": watched.job_id}
    world.jobs.delete(job.job_id, now=world.clock.now())
    assert subscribe(socket, job.job_id)["code"] == "not-found"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed-json"),
        ("[" * 20_000, "malformed-json"),
        ("[]", "invalid-request"),
        ('{"action": "delete", "jobId": "x"}', "invalid-request"),
        ('{"action": "subscribe"}', "invalid-request"),
        ('{"action": "subscribe", "jobId": 1}', "invalid-request"),
        ('{"action": "subscribe", "jobId": "../x"}', "not-found"),
    ],
    ids=["no-json", "deep", "list", "other-action", "no-job", "number", "path"],
)
def test_bad_messages_are_refused_and_the_connection_goes_on(world, socket, text, code):
    socket.send_text(text)

    assert socket.receive_json()["code"] == code
    assert subscribe(socket, world.given_job().job_id)["subscribed"] is True


def test_a_connection_watches_so_many_jobs_and_no_more(world, socket):
    for _ in range(MOST_WATCHED):
        subscribe(socket, world.given_job().job_id)
        socket.receive_json()

    refusal = subscribe(socket, world.given_job().job_id)

    assert refusal["code"] == "invalid-request"
    assert str(MOST_WATCHED) in refusal["error"]


def test_a_revoked_key_ends_the_connection(world, socket):
    (key,) = [key for key in world.keys.list("user-1") if key.key_hash == hash_api_key(API_KEY)]

    world.keys.revoke("user-1", key.key_id)

    with pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    assert closed.value.code == SIGNED_OUT


@pytest.mark.parametrize(("key", "code"), [(None, "missing-credentials"), ("unknown", "invalid-credentials")])
def test_who_does_not_sign_in_gets_no_connection(make_client, key, code):
    with pytest.raises(WebSocketDenialResponse) as denied, make_client(key).websocket_connect("/v1/live"):
        pass

    assert denied.value.status_code == 401
    assert denied.value.json()["code"] == code


def test_a_browser_signs_in_by_a_second_protocol(world, anonymous):
    world.given_key("escriba_key")
    job = world.given_completed_job()

    protocols = ["escriba.v1", "bearer.escriba_key"]
    with anonymous.websocket_connect("/v1/live", subprotocols=protocols) as socket:
        assert socket.accepted_subprotocol == "escriba.v1"
        assert subscribe(socket, job.job_id)["subscribed"] is True
