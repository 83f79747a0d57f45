"""When a change of a job is passed on to those who watch it, and when not."""

import pytest

from shared.domain.errors import TransientError
from shared.domain.jobs import JobStatus
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.testing.builders import make_job
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.worker.live_news import LEAST_SECONDS, LiveNews


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def queue(clock):
    return InMemoryQueue(clock)


@pytest.fixture
def news(queue, clock):
    return LiveNews(queue, clock)


def watched(**changes):
    return make_job(**{"status": JobStatus.PROCESSING, "watchers": frozenset({"c-2", "c-1"}), **changes})


def test_a_change_of_a_watched_job_is_passed_on_and_names_the_job_alone(news, queue):
    job = watched(progress=5)

    news(job)

    (notice,) = [NoticeMessage.from_body(body) for body in queue.bodies]
    assert (notice.job_id, notice.kind, notice.watchers) == (job.job_id, NoticeKind.CHANGED, None)
    assert notice.channel is None


def test_a_job_that_ends_without_a_notice_names_who_watched_as_it_may_be_deleted_next(news, queue):
    for status in (JobStatus.CANCELLED, JobStatus.EXPIRED):
        news(watched(status=status))

    assert [NoticeMessage.from_body(body).watchers for body in queue.bodies] == [("c-1", "c-2")] * 2


@pytest.mark.parametrize(
    "changes",
    [{"watchers": frozenset()}, {"status": JobStatus.COMPLETED}, {"status": JobStatus.FAILED}],
    ids=["unwatched", "completed", "failed"],
)
def test_what_nobody_watches_or_a_notice_tells_anyway_is_not_passed_on(news, queue, changes):
    news(watched(**changes))

    assert queue.bodies == []


def test_a_heartbeat_that_changes_nothing_is_no_news(news, queue, clock):
    job = watched(progress=5)
    for _ in range(3):
        news(job)
        clock.advance(15)

    assert len(queue.bodies) == 1


def test_progress_is_passed_on_every_few_seconds_but_a_new_state_at_once(news, queue, clock):
    job = watched(progress=5)
    news(job)
    news(job.model_copy(update={"progress": 6}))
    assert len(queue.bodies) == 1
    clock.advance(LEAST_SECONDS)
    news(job.model_copy(update={"progress": 7}))
    assert len(queue.bodies) == 2
    news(job.model_copy(update={"status": JobStatus.QUEUED, "progress": 0}))
    assert len(queue.bodies) == 3


def test_a_queue_that_takes_nothing_stops_no_heartbeat(clock):
    class Full:
        def send(self, body, *, attributes=None):
            raise TransientError("throttled")

    LiveNews(Full(), clock)(watched())


def test_another_step_of_a_workflow_is_passed_on_at_once_and_its_progress_every_few_seconds(
    news, queue, clock
):
    job = watched(current_step="pre-check", progress=5)
    news(job)
    news(job.model_copy(update={"progress": 6}))
    assert len(queue.bodies) == 1

    news(job.model_copy(update={"progress": 6, "current_step": "convert"}))
    assert len(queue.bodies) == 2

    clock.advance(LEAST_SECONDS)
    news(job.model_copy(update={"progress": 7, "current_step": "convert"}))
    assert len(queue.bodies) == 3
