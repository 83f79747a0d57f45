"""What a replay does with each letter, and that it can die and be repeated."""

from __future__ import annotations

import pytest

from shared.domain.errors import TransientError
from shared.domain.jobs import JobStatus
from shared.testing.builders import make_job
from shared.testing.job_store import InMemoryJobStore
from shared.testing.queue import InMemoryQueue
from tests.unit.tools.conftest import job_body
from tools.deadletters.operations import DONE, LEFT_SOMETHING, Selection

ALL = Selection()


def replay(desk, selection=ALL, *, dry_run=False):
    return desk.tool.replay(selection, dry_run=dry_run)


def test_a_failed_job_is_queued_without_failures_and_its_message_sent(desk):
    job = desk.bury_job()
    assert replay(desk) == DONE
    replayed = desk.jobs.get(job.job_id)
    assert (replayed.status, replayed.redrives, replayed.queued_at) == (JobStatus.QUEUED, 1, desk.clock.now())
    assert desk.queues["transcription"].bodies == [job_body(job)]
    assert desk.dead_letters["transcription"].bodies == []
    assert desk.printed_by_job()[job.job_id]["action"] == "replay"


def test_the_job_is_queued_before_its_message_is_sent_and_that_before_the_letter_goes(desk):
    job = desk.bury_job()
    seen = []

    class Watching(InMemoryQueue):
        def send(self, body, *, attributes=None):
            seen.append(desk.jobs.get(job.job_id).status)
            seen.append(len(desk.dead_letters["transcription"].bodies))
            super().send(body, attributes=attributes)

    desk.queues["transcription"] = Watching(desk.clock)
    replay(desk)
    assert seen == [JobStatus.QUEUED, 1]


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_job_that_is_under_way_gets_its_message_again_and_stays_as_it_is(desk, status):
    job = desk.bury_job(status)
    assert replay(desk) == DONE
    assert desk.jobs.get(job.job_id) == job
    assert desk.queues["transcription"].bodies == [job_body(job)]
    assert desk.dead_letters["transcription"].bodies == []


@pytest.mark.parametrize(
    "status", [JobStatus.PENDING, JobStatus.COMPLETED, JobStatus.CANCELLED, JobStatus.EXPIRED]
)
def test_a_letter_that_its_job_has_no_use_for_is_dropped(desk, status):
    job = desk.bury_job(status)
    assert replay(desk) == DONE
    assert desk.jobs.get(job.job_id) == job
    assert desk.queues["transcription"].bodies == desk.dead_letters["transcription"].bodies == []


def test_a_letter_about_a_deleted_job_is_dropped(desk):
    job = desk.bury_job()
    desk.jobs.delete(job.job_id, now=desk.clock.now())
    desk.bury_notice(job)
    assert replay(desk) == DONE
    assert all(queue.bodies == [] for queue in (*desk.queues.values(), *desk.dead_letters.values()))


def test_a_letter_about_a_job_that_never_was_is_kept_and_the_status_says_so(desk):
    desk.bury(job_body(make_job()), reason="there is no such job")
    assert replay(desk) == LEFT_SOMETHING
    assert desk.queues["transcription"].bodies == []
    assert desk.nothing_is_hidden()


@pytest.mark.parametrize("body", ["not json", "[1, 2]", '{"jobId": 7}', '{"Records": []}'])
def test_what_is_about_no_job_is_sent_again_as_it_is(desk, body):
    desk.bury(body, reason="not a JobMessage", trace="abc")
    assert replay(desk) == DONE
    [again] = desk.queues["transcription"].receive(max_messages=1, wait_seconds=0, visibility_seconds=1)
    assert (again.body, again.attributes) == (body, {"trace": "abc"})


def test_a_notice_is_sent_again_and_its_job_left_alone(desk):
    job = make_job(status=JobStatus.FAILED)
    desk.jobs.create(job)
    desk.bury_notice(job)
    assert replay(desk) == DONE
    assert desk.jobs.get(job.job_id) == job
    assert len(desk.queues["notification"].bodies) == 1


def test_a_dry_run_tells_and_touches_nothing(desk):
    job = desk.bury_job()
    assert replay(desk, dry_run=True) == DONE
    assert desk.printed_by_job()[job.job_id]["action"] == "replay"
    assert desk.jobs.get(job.job_id) == job
    assert desk.queues["transcription"].bodies == []
    assert desk.nothing_is_hidden()


def test_only_letters_of_that_reason_are_replayed_and_the_rest_is_handed_back(desk):
    meant, other = desk.bury_job(reason="OSError: Disk full"), desk.bury_job(reason="ValueError")
    replay(desk, Selection(reason="disk FULL"))
    assert desk.jobs.get(meant.job_id).status is JobStatus.QUEUED
    assert desk.jobs.get(other.job_id).status is JobStatus.FAILED
    assert desk.dead_letters["transcription"].bodies == [job_body(other)]
    assert desk.nothing_is_hidden()


def test_a_letter_without_a_reason_is_found_as_received_too_often(desk):
    job = make_job(status=JobStatus.FAILED)
    desk.jobs.create(job)
    desk.bury(job_body(job))
    replay(desk, Selection(reason="received too often"))
    assert desk.jobs.get(job.job_id).status is JobStatus.QUEUED


@pytest.mark.parametrize("dies_at", ["send", "delete"])
def test_a_replay_that_died_half_way_is_finished_by_the_next(desk, dies_at):
    job = desk.bury_job()

    class Dying(InMemoryQueue):
        def send(self, body, *, attributes=None):
            raise KeyboardInterrupt

    whole = desk.queues["transcription"]
    if dies_at == "send":
        desk.queues["transcription"] = Dying(desk.clock)
    else:
        desk.dead_letters["transcription"].delete = _interrupted
    with pytest.raises(KeyboardInterrupt):
        replay(desk)
    desk.queues["transcription"] = whole
    desk.dead_letters["transcription"].__dict__.pop("delete", None)
    desk.out.truncate(0)

    assert replay(desk) == DONE
    assert desk.jobs.get(job.job_id).redrives == 1
    assert set(whole.bodies) == {job_body(job)}
    assert desk.dead_letters["transcription"].bodies == []


def _interrupted(_delivery):
    raise KeyboardInterrupt


def test_a_queue_that_is_away_keeps_its_letters_and_holds_up_no_other(desk):
    job = desk.bury_job()
    desk.bury_notice(job)

    class Away(InMemoryQueue):
        def send(self, body, *, attributes=None):
            raise TransientError("SendMessage: the queue is away")

    desk.queues["notification"] = Away(desk.clock)
    assert replay(desk) == LEFT_SOMETHING
    assert desk.queues["transcription"].bodies == [job_body(job)]
    assert len(desk.dead_letters["notification"].bodies) == 1
    assert "the queue is away" in desk.out.getvalue()
    assert desk.nothing_is_hidden()


def test_two_letters_about_one_job_replay_it_once(desk):
    job = desk.bury_job()
    desk.bury(job_body(job), reason="a copy")
    assert replay(desk) == DONE
    assert desk.jobs.get(job.job_id).redrives == 1
    assert desk.dead_letters["transcription"].bodies == []


def test_a_job_that_another_operator_replays_at_the_same_moment_is_replayed_once(desk):
    class Raced(InMemoryJobStore):
        def replay(self, job_id, *, now):
            super().replay(job_id, now=now)
            return super().replay(job_id, now=now)

    desk.jobs = Raced()
    job = desk.bury_job()
    assert replay(desk) == DONE
    assert desk.printed_by_job()[job.job_id]["action"] == "send again"
    assert desk.jobs.get(job.job_id).redrives == 1
