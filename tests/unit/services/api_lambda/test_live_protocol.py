"""Live progress over a WebSocket: what a subscriber hears, who may subscribe, and how either ends."""

import pytest

from shared.domain.errors import TransientError
from shared.worker.fate import Done
from tests.support.live_stage import LiveStage


@pytest.fixture
def stage():
    return LiveStage()


def test_a_subscriber_hears_the_state_at_once_then_each_change_and_the_end_once(stage):
    job = stage.given_processing()
    connection = stage.connect()

    assert stage.subscribe(connection, job) == [
        {"subscribed": True, "jobId": job.job_id},
        {
            "type": "progress",
            "jobId": job.job_id,
            "progress": 0,
            "currentStep": "transcription",
            "message": "Being worked on.",
        },
    ]
    stage.report(job, 40)
    stage.tell_news()
    notice = stage.complete(job)
    assert [stage.tell_end(notice) for _ in range(2)] == [Done(), Done()]

    *_, progress, last = stage.sockets.heard(connection)
    assert (progress["type"], progress["progress"]) == ("progress", 40)
    assert last["type"] == "completed"
    assert [file["filename"] for file in last["outputFiles"]] == ["meeting.txt", "meeting.json"]
    assert len(stage.sockets.heard(connection)) == 4


def test_who_subscribes_late_is_told_how_it_ended_and_nothing_more(stage):
    job = stage.given_processing()
    notice = stage.fail(job)
    connection = stage.connect()

    answer = stage.subscribe(connection, job)
    stage.tell_end(notice)

    assert [message.get("type") for message in answer] == [None, "failed"]
    assert answer[1]["code"] == "empty-file"
    assert stage.sockets.heard(connection) == answer
    assert stage.jobs.get(job.job_id).watchers == set()


class JobsThatEnd:
    """A job store whose job ends just before somebody joins its watchers."""

    def __init__(self, stage, end):
        self._jobs, self._end = stage.jobs, end

    def __getattr__(self, name):
        return getattr(self._jobs, name)

    def watch(self, job_id, connection_id, *, most):
        self._end()
        return self._jobs.watch(job_id, connection_id, most=most)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_an_end_between_the_look_and_the_joining_is_heard_once(stage, is_deleted):
    job = stage.given_processing()
    notices = []

    def end():
        if is_deleted:
            stage.jobs.cancel(job.job_id, now=stage.clock.now())
            stage.jobs.delete(job.job_id, now=stage.clock.now())
        else:
            notices.append(stage.complete(job))

    stage.protocol._jobs = JobsThatEnd(stage, end)
    connection = stage.connect()
    answer = stage.subscribe(connection, job)
    for notice in notices:
        stage.tell_end(notice)
    stage.tell_news()

    assert [message.get("type") for message in answer[1:]] == [
        "progress",
        "error" if is_deleted else "completed",
    ]
    assert stage.sockets.heard(connection) == answer
    assert stage.connections.get(connection).job_ids == set()


def test_two_connections_watch_one_job_and_one_connection_two(stage):
    jobs = [stage.given_processing() for _ in range(2)]
    both, one = stage.connect(), stage.connect()
    for job in jobs:
        stage.subscribe(both, job)
    stage.subscribe(one, jobs[0])

    for job in reversed(jobs):
        stage.tell_end(stage.complete(job))

    ends = [m["jobId"] for m in stage.sockets.heard(both) if m.get("type") == "completed"]
    assert ends == [jobs[1].job_id, jobs[0].job_id]
    assert stage.sockets.heard(one)[-1]["type"] == "completed"


def test_after_unsubscribing_nothing_is_heard_of_the_job(stage):
    job = stage.given_processing()
    connection = stage.watching(job)

    assert stage.ask(connection, "unsubscribe", job.job_id) == [{"subscribed": False, "jobId": job.job_id}]
    stage.report(job, 50)
    stage.tell_news()
    stage.tell_end(stage.complete(job))

    assert len(stage.sockets.heard(connection)) == 1
    assert stage.ask(connection, "unsubscribe", job.job_id)[0]["subscribed"] is False


def test_a_job_that_is_cancelled_and_deleted_at_once_has_still_ended(stage):
    job = stage.given_processing()
    connection = stage.watching(job)

    stage.jobs.cancel(job.job_id, now=stage.clock.now())
    stage.jobs.delete(job.job_id, now=stage.clock.now())
    stage.tell_news()

    assert stage.sockets.heard(connection) == [{"type": "cancelled", "jobId": job.job_id}]


def test_a_connection_that_ended_is_nowhere_any_more(stage):
    job = stage.given_processing()
    connection = stage.watching(job)

    for _ in range(2):
        stage.protocol.disconnect(connection)

    assert stage.connections.get(connection) is None
    assert stage.jobs.get(job.job_id).watchers == set()


def test_who_is_gone_when_the_answer_comes_is_forgotten(stage):
    job = stage.given_processing()
    connection = stage.connect()
    stage.sockets.gone.add(connection)

    stage.protocol.receive(connection, f'{{"action": "subscribe", "jobId": "{job.job_id}"}}')

    assert stage.connections.get(connection) is None
    assert stage.jobs.get(job.job_id).watchers == set()


def test_a_connection_that_nobody_knows_is_closed(stage):
    stage.protocol.receive("unknown", "{}")

    assert stage.sockets.closed == ["unknown"]


def test_a_table_that_does_not_answer_is_no_end_of_the_connection(stage, monkeypatch):
    connection, job = stage.connect(), stage.given_processing()

    def fail(*_args, **_options):
        raise TransientError("throttled")

    with monkeypatch.context() as patched:
        patched.setattr(stage.jobs, "watch", fail)
        assert stage.subscribe(connection, job)[-1]["code"] == "unavailable"
    assert stage.subscribe(connection, job)[0]["subscribed"] is True
    assert stage.jobs.get(job.job_id).watchers == {connection}
