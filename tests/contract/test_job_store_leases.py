"""Leases: one holder at a time, whoever comes late, freezes or has a wrong clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobError, JobStatus, Timings
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START

LEASE_SECONDS = 60
WORKERS = 50


def after(seconds):
    return START + timedelta(seconds=seconds)


def queued(jobs):
    job = make_job()
    jobs.create(job)
    return jobs.mark_queued(job.job_id, now=START)


def claim(jobs, job, *, owner="worker-1", at_seconds=0.0):
    return jobs.claim(job.job_id, owner=owner, now=after(at_seconds), lease_seconds=LEASE_SECONDS)


def holder_of(job):
    return HeldLease(job_id=job.job_id, owner=job.lease.owner, attempt=job.attempts)


HOLDERS_WRITES = {
    "extend": lambda jobs, lease: jobs.extend(lease, now=START, lease_seconds=60, progress=50),
    "complete": lambda jobs, lease: jobs.complete(
        lease, now=START, result=make_result(), outputs=make_outputs(make_job()), timings=Timings()
    ),
    "fail": lambda jobs, lease: jobs.fail(lease, now=START, error=JobError.of(Fault.EMPTY_FILE), counts=True),
    "release": lambda jobs, lease: jobs.release(lease, now=START, counts=True),
}


def test_of_fifty_workers_that_claim_one_job_exactly_one_wins(concurrent_backend):
    jobs = concurrent_backend.job_store()
    job = queued(jobs)
    together = Barrier(WORKERS)

    def try_to_claim(number):
        together.wait()
        try:
            return claim(jobs, job, owner=f"worker-{number}")
        except TransitionRefused as refused:
            return refused

    with ThreadPoolExecutor(WORKERS) as threads:
        results = list(threads.map(try_to_claim, range(WORKERS)))
    won = [result for result in results if isinstance(result, Job)]
    assert len(won) == 1
    assert all(result.current == won[0] for result in results if isinstance(result, TransitionRefused))
    assert jobs.get(job.job_id) == won[0]
    assert won[0].attempts == 1


def test_of_fifty_workers_that_claim_a_lapsed_lease_exactly_one_wins(concurrent_backend):
    jobs = concurrent_backend.job_store()
    job = claim(jobs, queued(jobs), owner="gone")
    late_seconds = LEASE_SECONDS + CLOCK_SKEW_SECONDS + 1

    def try_to_claim(number):
        try:
            return claim(jobs, job, owner=f"worker-{number}", at_seconds=late_seconds)
        except TransitionRefused:
            return None

    with ThreadPoolExecutor(WORKERS) as threads:
        won = [result for result in threads.map(try_to_claim, range(WORKERS)) if result]
    assert [result.attempts for result in won] == [2]


def test_a_claim_counts_an_attempt_and_starts_the_progress_anew(jobs):
    first = claim(jobs, queued(jobs))
    jobs.extend(holder_of(first), now=after(10), lease_seconds=LEASE_SECONDS, progress=40)
    second = claim(jobs, first, owner="worker-2", at_seconds=200)
    assert (second.attempts, second.progress, second.started_at) == (2, 0, after(200))
    assert (second.lease.owner, second.lease.attempt) == ("worker-2", 2)
    assert second.lease.expires_at == after(200 + LEASE_SECONDS)


@pytest.mark.parametrize("at_seconds", [0, LEASE_SECONDS, LEASE_SECONDS + CLOCK_SKEW_SECONDS])
def test_a_lease_can_not_be_claimed_before_it_ran_out_on_any_allowed_clock(jobs, at_seconds):
    held = claim(jobs, queued(jobs))
    with pytest.raises(TransitionRefused) as refused:
        claim(jobs, held, owner="worker-2", at_seconds=at_seconds)
    assert refused.value.current == held


def test_a_lease_can_be_claimed_once_it_ran_out_on_every_allowed_clock(jobs):
    held = claim(jobs, queued(jobs))
    at_seconds = LEASE_SECONDS + CLOCK_SKEW_SECONDS + 0.001
    assert claim(jobs, held, owner="worker-2", at_seconds=at_seconds).lease.owner == "worker-2"


def test_a_heartbeat_moves_the_expiry_and_the_progress(jobs):
    held = claim(jobs, queued(jobs))
    jobs.extend(holder_of(held), now=after(50), lease_seconds=LEASE_SECONDS, progress=37)
    extended = jobs.get(held.job_id)
    assert (extended.lease.expires_at, extended.progress) == (after(50 + LEASE_SECONDS), 37)
    with pytest.raises(TransitionRefused):
        claim(jobs, held, owner="worker-2", at_seconds=LEASE_SECONDS + 5)


def test_a_late_heartbeat_holds_as_long_as_nobody_else_claimed(jobs):
    held = claim(jobs, queued(jobs))
    jobs.extend(holder_of(held), now=after(500), lease_seconds=LEASE_SECONDS, progress=1)
    assert jobs.get(held.job_id).lease.expires_at == after(500 + LEASE_SECONDS)


@pytest.mark.parametrize("write", HOLDERS_WRITES)
def test_a_lost_lease_writes_nothing(jobs, write):
    lost = claim(jobs, queued(jobs))
    taken = claim(jobs, lost, owner="worker-2", at_seconds=200)
    with pytest.raises(TransitionRefused) as refused:
        HOLDERS_WRITES[write](jobs, holder_of(lost))
    assert refused.value.current == taken
    assert jobs.get(lost.job_id) == taken


@pytest.mark.parametrize("write", HOLDERS_WRITES)
def test_an_earlier_lease_of_the_same_worker_writes_nothing(jobs, write):
    lost = claim(jobs, queued(jobs))
    again = claim(jobs, lost, owner=lost.lease.owner, at_seconds=200)
    with pytest.raises(TransitionRefused):
        HOLDERS_WRITES[write](jobs, holder_of(lost))
    assert jobs.get(lost.job_id) == again


@pytest.mark.parametrize("write", HOLDERS_WRITES)
def test_the_holder_of_a_cancelled_job_learns_that_from_the_refusal(jobs, write):
    held = claim(jobs, queued(jobs))
    cancelled = jobs.cancel(held.job_id, now=after(1))
    with pytest.raises(TransitionRefused) as refused:
        HOLDERS_WRITES[write](jobs, holder_of(held))
    assert refused.value.current == cancelled
    assert cancelled.status is JobStatus.CANCELLED
