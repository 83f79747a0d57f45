"""What a WebSocket is refused: others' jobs, bad messages, too much of anything, and keys that are none."""

from datetime import timedelta

import pytest

from services.api_lambda.authentication import Credentials
from shared.domain.api_keys import hash_api_key
from shared.domain.connections import LONGEST, MOST_JOBS, MOST_WATCHERS
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.testing.builders import make_api_key
from tests.support.live_stage import KEY, OTHER_KEY, LiveStage

UNKNOWN = "01KAGZ4Q8B5W2J0T3X9V6M7N1C"


@pytest.fixture
def stage():
    return LiveStage()


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
