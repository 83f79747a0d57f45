"""Live progress over a WebSocket: what a subscriber hears, who may subscribe, and how either ends."""

from datetime import timedelta

import pytest

from services.api_lambda.authentication import Credentials
from shared.domain.api_keys import hash_api_key
from shared.domain.connections import LONGEST, MOST_JOBS, MOST_WATCHERS
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.testing.builders import make_api_key
from shared.worker.fate import Done
from tests.support.live_stage import KEY, OTHER_KEY, LiveStage

UNKNOWN = "01KAGZ4Q8B5W2J0T3X9V6M7N1C"


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


def test_another_users_job_does_not_exist(stage):
    theirs = stage.given_processing(user_id="user-2")
    connection = stage.connect()

    refusals = [stage.ask(connection, "subscribe", job_id)[0] for job_id in (theirs.job_id, UNKNOWN)]

    assert [refusal.pop("jobId") for refusal in refusals] == [theirs.job_id, UNKNOWN]
    assert refusals[0] == refusals[1]
    assert refusals[0] == {"type": "error", "code": "not-found", "error": Fault.NOT_FOUND.describe()}
    assert stage.jobs.get(theirs.job_id).watchers == set()


def test_nobody_leaves_a_job_for_another(stage):
    job = stage.given_processing(user_id="user-2")
    theirs = stage.watching(job, OTHER_KEY)

    stage.ask(stage.connect(), "unsubscribe", job.job_id)

    assert stage.jobs.get(job.job_id).watchers == {theirs}


def test_a_job_that_is_cancelled_and_deleted_at_once_has_still_ended(stage):
    job = stage.given_processing()
    connection = stage.watching(job)

    stage.jobs.cancel(job.job_id, now=stage.clock.now())
    stage.jobs.delete(job.job_id, now=stage.clock.now())
    stage.tell_news()

    assert stage.sockets.heard(connection) == [{"type": "cancelled", "jobId": job.job_id}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed-json"),
        ("", "malformed-json"),
        (None, "malformed-json"),
        ("[" * 20_000, "malformed-json"),
        ("[]", "invalid-request"),
        ('{"action": "delete", "jobId": "x"}', "invalid-request"),
        ('{"action": "subscribe"}', "invalid-request"),
        ('{"action": "subscribe", "jobId": 1}', "invalid-request"),
        ('{"action": "subscribe", "jobId": "' + "x" * 1000 + '"}', "invalid-request"),
        ('{"action": "subscribe", "jobId": "../x"}', "not-found"),
        ('{"action": "subscribe", "jobId": "\\ud800"}', "invalid-request"),
    ],
    ids=["no json", "empty", "bytes", "deep", "list", "action", "no job", "number", "long", "path", "half"],
)
def test_bad_messages_are_refused_and_the_connection_goes_on(stage, text, code):
    connection = stage.connect()

    stage.protocol.receive(connection, text)

    assert stage.sockets.heard(connection)[0]["code"] == code
    assert stage.subscribe(connection, stage.given_job())[0]["subscribed"] is True


def test_a_connection_watches_so_many_jobs_and_no_more(stage):
    connection = stage.connect()
    jobs = [stage.given_job() for _ in range(MOST_JOBS)]
    for job in jobs:
        assert stage.subscribe(connection, job)[0] == {"subscribed": True, "jobId": job.job_id}

    refusal = stage.subscribe(connection, stage.given_job())[0]
    assert refusal["code"] == "invalid-request"
    assert str(MOST_JOBS) in refusal["error"]

    stage.ask(connection, "unsubscribe", jobs[0].job_id)
    assert stage.subscribe(connection, stage.given_job())[0]["subscribed"] is True


def test_so_many_connections_watch_a_job_and_no_more(stage):
    job = stage.given_job()
    watchers = [stage.watching(job) for _ in range(MOST_WATCHERS)]
    late = stage.connect()

    assert str(MOST_WATCHERS) in stage.subscribe(late, job)[0]["error"]
    assert stage.subscribe(watchers[0], job)[0]["subscribed"] is True
    assert stage.connections.get(late).job_ids == set()


def test_too_many_requests_are_refused_by_name(stage):
    stage.users.delete("user-1")  # a user without a profile has the free tier
    stage.clock.advance(61)
    connection = stage.connect()
    job = stage.given_job()

    codes = {stage.subscribe(connection, job)[0].get("code") for _ in range(200)}

    assert codes == {None, "limit-reached"}


def test_a_revoked_key_ends_the_connection_before_anything_more_is_said(stage):
    job = stage.given_processing()
    told, asking = stage.watching(job), stage.watching(job)
    (key,) = stage.keys.list("user-1")
    stage.keys.revoke("user-1", key.key_id)

    stage.report(job, 70)
    stage.protocol.receive(asking, "{}")
    stage.tell_news()
    stage.tell_end(stage.complete(job))

    assert stage.sockets.heard(told) == []
    assert [message["code"] for message in stage.sockets.heard(asking)] == ["invalid-credentials"]
    assert sorted(stage.sockets.closed) == sorted([told, asking])
    assert stage.connections.get_many([told, asking]) == ()


@pytest.mark.parametrize("lifetime", [timedelta(minutes=30), None], ids=["key", "connection"])
def test_nothing_is_said_once_the_time_is_over(stage, lifetime):
    expires_at = None if lifetime is None else stage.clock.now() + lifetime
    stage.keys.add(make_api_key("short", user_id="user-1", expires_at=expires_at))
    job = stage.given_processing()
    connection = stage.watching(job, "short")

    stage.clock.advance((lifetime or LONGEST).total_seconds())
    stage.tell_end(stage.complete(job))

    assert stage.sockets.heard(connection) == []
    assert stage.sockets.closed == [connection]


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


@pytest.mark.parametrize(
    ("key", "fault"), [(None, Fault.MISSING_CREDENTIALS), ("unknown", Fault.INVALID_CREDENTIALS)]
)
def test_who_does_not_sign_in_gets_no_connection(stage, key, fault):
    connection = new_id()

    with pytest.raises(PermanentError) as refused:
        stage.protocol.connect(connection, Credentials(api_key=key))

    assert refused.value.fault is fault
    assert stage.connections.get(connection) is None


def test_no_secret_is_put_on_record(stage):
    connection = stage.connections.get(stage.connect())

    assert connection.key_hash == hash_api_key(KEY)
    assert KEY not in connection.model_dump_json()
