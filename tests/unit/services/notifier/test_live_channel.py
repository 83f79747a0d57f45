"""What those who watch a job are told, by whom, how often, and what a bad connection costs the others."""

import pytest

from services.notifier.live_channel import AGAIN_SECONDS, GIVE_UP_SECONDS, LATE_SECONDS, PROGRESS_SECONDS
from shared.domain.errors import TransientError
from shared.domain.live import MOST_FILES_NAMED, live_message
from shared.domain.messages import NoticeKind
from shared.testing.builders import make_outputs
from shared.worker.fate import Done, Later
from tests.support.live_stage import LiveStage
from tests.support.notifier_stage import Stage


@pytest.fixture
def stage():
    return LiveStage()


def test_nobody_asks_for_anything_while_nobody_watches(stage):
    job = stage.given_processing()
    stage.report(job, 10)
    stage.complete(job)

    assert stage.queue.bodies == []


def test_of_several_changes_that_wait_each_tells_how_it_stands_now(stage):
    job = stage.given_processing()
    connection = stage.watching(job)
    for percent in (10, 20):
        stage.report(job, percent)

    assert stage.tell_news() == [Done(), Done()]
    assert [message["progress"] for message in stage.sockets.heard(connection)] == [20, 20]


def test_progress_that_waited_too_long_is_not_told(stage):
    job = stage.given_processing()
    connection = stage.watching(job)
    stage.report(job, 10)

    stage.clock.advance(LATE_SECONDS + 1)

    assert stage.tell_news() == [Done()]
    assert stage.sockets.heard(connection) == []


def test_progress_is_never_told_of_a_job_that_has_ended(stage):
    job = stage.given_processing()
    connection = stage.watching(job)
    stage.report(job, 90)
    notice = stage.complete(job)

    stage.tell_news()
    assert stage.sockets.heard(connection) == []
    stage.tell_end(notice)

    assert [message["type"] for message in stage.sockets.heard(connection)] == ["completed"]


@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_an_end_without_a_notice_to_its_owner_is_told_as_well(stage, end):
    job = stage.given_job()
    connection = stage.watching(job)

    getattr(stage.jobs, end)(job.job_id, now=stage.clock.now())

    assert stage.tell_news() == [Done()]
    assert [message["type"] for message in stage.sockets.heard(connection)] in (["cancelled"], ["expired"])
    assert stage.jobs.get(job.job_id).watchers == set()


def test_who_is_gone_leaves_every_job_and_the_others_are_told(stage):
    job, other = stage.given_processing(), stage.given_processing()
    gone, there = stage.watching(job), stage.watching(job)
    stage.subscribe(gone, other)
    stage.sockets.gone.add(gone)
    stage.report(job, 5)

    stage.tell_news()

    assert stage.connections.get(gone) is None
    assert stage.jobs.get(other.job_id).watchers == set()
    assert stage.jobs.get(job.job_id).watchers == {there}
    assert len(stage.sockets.heard(there)) == 1


def test_who_is_on_record_nowhere_is_a_watcher_no_more(stage):
    job = stage.given_processing()
    connection = stage.watching(job)
    stage.connections.delete(connection)
    stage.report(job, 5)

    stage.tell_news()

    assert stage.jobs.get(job.job_id).watchers == set()


def test_a_connection_that_fails_misses_progress_but_not_the_end(stage):
    job = stage.given_processing()
    bad, good = stage.watching(job), stage.watching(job)
    stage.sockets.failures[bad] = [TransientError("no answer"), TransientError("no answer")]
    stage.report(job, 5)

    assert stage.tell_news() == [Done()]
    notice = stage.complete(job)
    assert isinstance(stage.tell_end(notice), Later)
    stage.clock.advance(AGAIN_SECONDS)
    assert stage.tell_end(notice) == Done()

    assert [message["type"] for message in stage.sockets.heard(good)] == ["progress", "completed"]
    assert [message["type"] for message in stage.sockets.heard(bad)] == ["completed"]


def test_an_end_that_can_not_be_told_is_given_up_in_the_end(stage):
    job = stage.given_processing()
    connection = stage.watching(job)
    notice = stage.complete(job)
    stage.sockets.failures[connection] = [TransientError("no answer")] * 2

    assert isinstance(stage.tell_end(notice), Later)
    stage.clock.advance(GIVE_UP_SECONDS)
    assert stage.tell_end(notice) == Done()

    assert stage.jobs.get(job.job_id).watchers == set()


def test_slow_connections_hold_up_what_comes_behind_for_seconds_and_no_longer(stage, monkeypatch):
    job = stage.given_processing()
    for _ in range(10):
        stage.watching(job)
    stage.report(job, 5)
    sent = []

    def send(connection_id, _text):
        sent.append(connection_id)
        stage.clock.advance(2)

    monkeypatch.setattr(stage.sockets, "send", send)
    began = stage.clock.monotonic()
    stage.tell_news()

    assert stage.clock.monotonic() - began < PROGRESS_SECONDS + 2
    assert len(sent) == 3


def test_a_teller_that_died_half_way_tells_the_rest_later(stage):
    job = stage.given_processing()
    connections = sorted(stage.watching(job) for _ in range(2))
    notice = stage.complete(job)
    stage.sockets.failures[connections[1]] = [KeyboardInterrupt()]

    with pytest.raises(KeyboardInterrupt):
        stage.tell_end(notice)
    waits = stage.tell_end(notice)
    assert isinstance(waits, Later)
    stage.clock.advance(waits.seconds + 1)
    stage.tell_end(notice)

    assert [len(stage.sockets.heard(connection)) for connection in connections] == [1, 1]


def test_a_job_that_failed_again_after_a_replay_is_told_again(stage):
    job = stage.given_processing()
    stage.watching(job)
    stage.tell_end(stage.fail(job))

    stage.jobs.replay(job.job_id, now=stage.clock.now())
    connection = stage.watching(job)
    again = stage.jobs.claim(job.job_id, owner="w", now=stage.clock.now(), lease_seconds=60)
    stage.tell_end(stage.fail(again))

    assert stage.sockets.heard(connection)[-1]["type"] == "failed"


def test_a_table_that_does_not_answer_loses_progress_but_no_end(stage, monkeypatch):
    job = stage.given_processing()
    stage.watching(job)
    progress = stage.notice(job, NoticeKind.CHANGED)
    ended = progress.model_copy(update={"watchers": ("c-1",)})

    def fail(_job_id):
        raise TransientError("throttled")

    monkeypatch.setattr(stage.jobs, "get", fail)

    assert stage.channel.tell_change(progress) == Done()
    with pytest.raises(TransientError):
        stage.channel.tell_change(ended)


def test_a_message_fits_into_what_a_websocket_takes_however_many_outputs_there_are(stage):
    job = stage.given_processing()
    output = make_outputs(job)[0].model_copy(update={"filename": "🎧" * 255})
    stage.complete(job)
    many = stage.jobs.get(job.job_id).model_copy(update={"outputs": (output,) * 1000})

    message = live_message(many, lambda _output: "https://" + "x" * 2000)

    assert (len(message.output_files), message.more_files) == (MOST_FILES_NAMED, 960)
    assert len(message.model_dump_json(by_alias=True).encode()) < 128 * 1024


def test_the_notifier_hands_changes_and_the_ends_of_watched_jobs_to_the_channel(stage):
    notifier = Stage(jobs=stage.jobs, clock=stage.clock, live=stage.channel)
    job = stage.given_processing(user_id="user-1")
    connection = stage.watching(job)
    stage.report(job, 30)

    (change,) = stage.queue.bodies
    assert notifier.handle(change) == Done()
    notice = stage.complete(job)
    assert notifier.handle(notice.to_body()) == Done()
    (live,) = [body for body in notifier.queue.bodies if '"live"' in body]
    assert [notifier.handle(live) for _ in range(2)] == [Done(), Done()]

    assert [message["type"] for message in stage.sockets.heard(connection)] == ["progress", "completed"]
    assert len(notifier.mailer.sent) == 1
