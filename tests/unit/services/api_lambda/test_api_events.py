"""Live progress over HTTP: what a watcher hears, and when the stream ends."""

import asyncio
import json

import pytest
from mangum import Mangum

from services.api_lambda.app import create_app
from services.api_lambda.job_feed import HEARTBEAT_SECONDS, LONGEST_SECONDS
from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, Timings
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_outputs, make_result
from tests.support.api_world import API_KEY


def heard(answer) -> list[dict]:
    """The messages, each with the id and the event that it came with."""
    found = []
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            message = json.loads(fields["data"])
            assert fields["event"] == message["type"]
            found.append(message | {"id": fields["id"]})
    return found


def watch(client, job, **headers):
    return client.get(f"/v1/jobs/{job.job_id}/events", headers=headers)


def while_waiting(world, *happenings):
    """Let one thing happen in each second that a stream waits; then nothing more."""
    pending = list(happenings)
    world.while_waiting = lambda: pending.pop(0)() if pending else None


def progress(world, job, percent):
    return lambda: world.jobs.extend(
        HeldLease(job.job_id, "worker", job.attempts),
        now=world.clock.now(),
        lease_seconds=60,
        progress=percent,
    )


def complete(world, job):
    return lambda: world.jobs.complete(
        HeldLease(job.job_id, "worker", job.attempts),
        now=world.clock.now(),
        result=make_result(),
        outputs=make_outputs(job),
        timings=Timings(total_ms=1),
    )


def test_a_watcher_hears_the_state_of_now_each_change_and_the_end(world, client):
    job = world.given_processing_job()
    while_waiting(world, progress(world, job, 40), lambda: None, complete(world, job))

    answer = watch(client, job)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    messages = heard(answer)
    assert [(m["type"], m.get("progress")) for m in messages] == [
        ("progress", 0),
        ("progress", 40),
        ("completed", None),
    ]
    assert messages[1]["currentStep"] == "transcription"
    assert {m["jobId"] for m in messages} == {job.job_id}
    assert [file["filename"] for file in messages[-1]["outputFiles"]] == ["meeting.txt", "meeting.json"]
    assert all(file["url"] for file in messages[-1]["outputFiles"])


def test_who_comes_late_is_told_at_once_how_it_ended(world, client):
    job = world.given_completed_job()

    assert [message["type"] for message in heard(watch(client, job))] == ["completed"]


def test_a_failed_job_tells_why(world, client):
    job = world.given_job()
    world.jobs.reject(job.job_id, now=world.clock.now(), error=JobError.of(Fault.EMPTY_FILE))

    (message,) = heard(watch(client, job))

    assert (message["type"], message["code"]) == ("failed", "empty-file")
    assert message["error"] == "The file is empty."


@pytest.mark.parametrize(("ending", "word"), [("cancel", "cancelled"), ("expire", "expired")])
def test_a_job_that_ends_without_work_says_so(world, client, ending, word):
    job = world.given_job()
    while_waiting(world, lambda: getattr(world.jobs, ending)(job.job_id, now=world.clock.now()))

    assert [m["type"] for m in heard(watch(client, job))] == [
        "progress",
        word,
    ]


def test_what_the_caller_knows_is_not_told_again(world, client):
    job = world.given_processing_job()
    while_waiting(world, complete(world, job))
    first = heard(watch(client, job))[0]

    other = world.given_processing_job()
    while_waiting(world, complete(world, other))
    again = heard(watch(client, other, **{"Last-Event-ID": first["id"]}))

    assert [message["type"] for message in again] == ["completed"]


def test_a_caller_who_knows_the_end_is_told_not_to_come_back(world, client):
    job = world.given_completed_job()
    (last,) = heard(watch(client, job))

    assert watch(client, job, **{"Last-Event-ID": last["id"]}).status_code == 204


def test_comments_keep_a_silent_stream_open_and_it_ends_when_its_time_is_up(world, client):
    job = world.given_job()
    started = world.clock.monotonic()

    answer = watch(client, job)

    assert len(heard(answer)) == 1
    assert answer.text.count(": still here") == LONGEST_SECONDS // HEARTBEAT_SECONDS
    assert world.clock.monotonic() - started == LONGEST_SECONDS


def test_a_stream_ends_when_the_server_stops(world, client):
    job = world.given_job()
    client.app.state.is_stopping = lambda: world.clock.monotonic() >= 3

    watch(client, job)

    assert world.clock.monotonic() == 3


def test_a_stream_ends_when_the_job_is_deleted(world, client):
    job = world.given_job()

    def delete():
        world.jobs.cancel(job.job_id, now=world.clock.now())
        world.jobs.delete(job.job_id, now=world.clock.now())

    while_waiting(world, delete)

    assert [message["type"] for message in heard(watch(client, job))] == ["progress"]


def test_a_watched_job_is_read_once_a_second_at_most(world, client):
    reads = []
    get = world.jobs.get
    world.jobs.get = lambda job_id: reads.append(world.clock.monotonic()) or get(job_id)

    watch(client, world.given_job())

    assert len(reads) == len(set(reads)) == LONGEST_SECONDS + 1


def test_a_table_that_does_not_answer_for_a_moment_does_not_end_the_stream(world, client):
    job = world.given_processing_job()
    get = world.jobs.get

    def fail(job_id):
        world.jobs.get = get
        raise TransientError("throttled")

    def begin_to_fail():
        world.jobs.get = fail

    while_waiting(world, begin_to_fail, complete(world, job))

    assert [message["type"] for message in heard(watch(client, job))] == ["progress", "completed"]


def test_only_the_owner_may_watch(world, client, stranger, anonymous):
    job = world.given_completed_job()

    assert watch(stranger, job).json() | {"requestId": ""} == watch(
        client, type(job).model_validate({**job.model_dump(), "job_id": "01KAGZ4Q8B5W2J0T3X9V6M7N1C"})
    ).json() | {"requestId": ""}
    assert watch(stranger, job).status_code == 404
    assert watch(anonymous, job).status_code == 401


@pytest.fixture
def event_loop_of_lambda():
    """Mangum takes the thread's loop, and leaves one open that it had to make."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("event_loop_of_lambda")
def test_a_lambda_function_says_that_it_cannot_stream(world):
    job = world.given_job()
    event = {
        "version": "2.0",
        "rawPath": f"/v1/jobs/{job.job_id}/events",
        "rawQueryString": "",
        "headers": {"x-api-key": API_KEY},
        "requestContext": {
            "http": {
                "method": "GET",
                "path": f"/v1/jobs/{job.job_id}/events",
                "sourceIp": "192.0.2.1",
                "protocol": "HTTP/1.1",
            },
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }

    answer = Mangum(create_app(world.dependencies()), lifespan="off", text_mime_types=["application/"])(
        event, None
    )

    assert answer["statusCode"] == 501
    assert json.loads(answer["body"])["code"] == "stream-unavailable"
