"""Who watches a job joins before its end or hears of it; every write is handed to a listener."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.aws.job_store import DynamoJobStore
from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.ports.job_store import HeldLease, TooManyWatchers
from shared.testing.builders import make_job
from shared.testing.clock import START
from shared.testing.job_store import InMemoryJobStore


def given_claimed(jobs):
    job = make_job(status=JobStatus.QUEUED)
    jobs.create(job)
    claimed = jobs.claim(job.job_id, owner="w", now=START, lease_seconds=60)
    return claimed, HeldLease(job.job_id, "w", claimed.attempts)


def test_who_joins_is_given_the_job_as_of_then_and_stands_in_it(jobs):
    job, lease = given_claimed(jobs)
    jobs.extend(lease, now=START, lease_seconds=60, progress=40)

    watched = jobs.watch(job.job_id, "c-1", most=2)

    assert (watched.progress, watched.watchers) == (40, {"c-1"})
    assert watched.updated_at == job.updated_at
    assert jobs.get(job.job_id) == watched


def test_as_many_watch_as_may_and_who_watches_may_say_so_again(jobs):
    job, _ = given_claimed(jobs)
    for connection_id in ("c-1", "c-2", "c-1"):
        jobs.watch(job.job_id, connection_id, most=2)

    with pytest.raises(TooManyWatchers):
        jobs.watch(job.job_id, "c-3", most=2)

    jobs.unwatch(job.job_id, ["c-1", "unknown"])
    assert jobs.watch(job.job_id, "c-3", most=2).watchers == {"c-2", "c-3"}


def test_when_the_last_has_left_nobody_watches(jobs):
    job, _ = given_claimed(jobs)
    jobs.watch(job.job_id, "c-1", most=1)
    jobs.unwatch(job.job_id, [])
    jobs.unwatch(job.job_id, ["c-1"])

    assert jobs.get(job.job_id) == job


def test_nobody_joins_a_job_that_has_ended_or_is_none_and_leaving_makes_none(jobs):
    job, lease = given_claimed(jobs)
    jobs.watch(job.job_id, "c-1", most=2)
    failed = jobs.fail(lease, now=START, error=JobError.of(Fault.EMPTY_FILE), counts=False)
    assert failed.watchers == {"c-1"}

    with pytest.raises(TransitionRefused) as refused:
        jobs.watch(job.job_id, "c-2", most=2)
    assert refused.value.current == failed

    nowhere = new_id()
    jobs.unwatch(nowhere, ["c-1"])
    with pytest.raises(TransitionRefused) as refused:
        jobs.watch(nowhere, "c-1", most=2)
    assert refused.value.current is None
    assert jobs.get(nowhere) is None


def test_a_deleted_job_keeps_no_watchers(jobs):
    job = make_job()
    jobs.create(job)
    jobs.watch(job.job_id, "c-1", most=2)
    jobs.cancel(job.job_id, now=START)
    jobs.delete(job.job_id, now=START)

    jobs.unwatch(job.job_id, ["c-1"])

    assert jobs.get(job.job_id) is None
    assert jobs.owner_of_deleted(job.job_id) == job.user_id


def test_of_many_that_join_at_once_no_more_than_may_succeed(concurrent_backend):
    jobs = concurrent_backend.job_store()
    job = make_job()
    jobs.create(job)

    def join(number):
        try:
            jobs.watch(job.job_id, f"c-{number}", most=5)
        except TooManyWatchers:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(join, range(24))) == 5
    assert len(jobs.get(job.job_id).watchers) == 5


def test_a_listener_is_handed_what_every_write_leaves_but_no_coming_and_going(backend):
    heard = []
    jobs = backend.store(
        lambda: InMemoryJobStore(on_write=heard.append),
        lambda client, table: DynamoJobStore(client, table, on_write=heard.append),
    )
    job = make_job()
    jobs.create(job)
    jobs.watch(job.job_id, "c-1", most=2)

    written = [
        jobs.mark_queued(job.job_id, now=START),
        claimed := jobs.claim(job.job_id, owner="w", now=START, lease_seconds=60),
    ]
    lease = HeldLease(job.job_id, "w", claimed.attempts)
    jobs.extend(lease, now=START, lease_seconds=60, progress=7)
    written.append(jobs.get(job.job_id))
    jobs.note_progress(job.job_id, now=START, progress=9)
    written.append(jobs.get(job.job_id))
    jobs.unwatch(job.job_id, ["c-1"])
    with pytest.raises(TransitionRefused):
        jobs.expire(job.job_id, now=START)
    written.append(jobs.cancel(job.job_id, now=START))

    assert heard == written
