"""Every transition of a job, from every state: done where it is drawn, refused elsewhere."""

from __future__ import annotations

import pytest

from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import TRANSITIONS, JobError, JobStatus, Timings
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START

NOW = START
ERROR = JobError.of(Fault.EMPTY_FILE)
TIMINGS = Timings(queue_wait_ms=1.5, decode_ms=20.25, inference_ms=300.125, total_ms=325.0)

HELD_BY_NOBODY = frozenset({JobStatus.PENDING, JobStatus.QUEUED})
HELD = frozenset({JobStatus.PROCESSING})


def holder_of(job):
    return HeldLease(job_id=job.job_id, owner="worker-1", attempt=1)


def claim(jobs, job):
    return jobs.claim(job.job_id, owner="worker-1", now=NOW, lease_seconds=60)


def complete(jobs, job):
    return jobs.complete(
        holder_of(job), now=NOW, result=make_result(), outputs=make_outputs(job), timings=TIMINGS
    )


def fail(jobs, job):
    return jobs.fail(holder_of(job), now=NOW, error=ERROR, counts=False)


OPERATIONS = {
    "mark_queued": (
        lambda jobs, job: jobs.mark_queued(job.job_id, now=NOW),
        JobStatus.QUEUED,
        HELD_BY_NOBODY,
    ),
    "claim": (claim, JobStatus.PROCESSING, HELD_BY_NOBODY),
    "complete": (complete, JobStatus.COMPLETED, HELD),
    "fail": (fail, JobStatus.FAILED, HELD),
    "release": (
        lambda jobs, job: jobs.release(holder_of(job), now=NOW, counts=False),
        JobStatus.QUEUED,
        HELD,
    ),
    "reject": (
        lambda jobs, job: jobs.reject(job.job_id, now=NOW, error=ERROR),
        JobStatus.FAILED,
        HELD_BY_NOBODY,
    ),
    "cancel": (
        lambda jobs, job: jobs.cancel(job.job_id, now=NOW),
        JobStatus.CANCELLED,
        HELD_BY_NOBODY | HELD,
    ),
    "expire": (lambda jobs, job: jobs.expire(job.job_id, now=NOW), JobStatus.EXPIRED, HELD_BY_NOBODY),
    "replay": (
        lambda jobs, job: jobs.replay(job.job_id, now=NOW),
        JobStatus.QUEUED,
        frozenset({JobStatus.FAILED}),
    ),
}
"""Each: how it is called, the state it leads to, the states it is meant for if the table draws the arrow."""

WAY_TO = {
    JobStatus.PENDING: [],
    JobStatus.QUEUED: ["mark_queued"],
    JobStatus.PROCESSING: ["mark_queued", "claim"],
    JobStatus.COMPLETED: ["mark_queued", "claim", "complete"],
    JobStatus.FAILED: ["mark_queued", "claim", "fail"],
    JobStatus.CANCELLED: ["cancel"],
    JobStatus.EXPIRED: ["expire"],
}


def bring(jobs, status):
    job = make_job()
    jobs.create(job)
    for step in WAY_TO[status]:
        job = OPERATIONS[step][0](jobs, job)
    return job


@pytest.mark.parametrize("status", JobStatus)
def test_a_transition_is_done_where_it_is_drawn_and_refused_elsewhere(jobs, status):
    for name, (operation, target, meant_for) in OPERATIONS.items():
        job = bring(jobs, status)
        if status in meant_for and target in TRANSITIONS[status]:
            after = operation(jobs, job)
            assert after.status is target, name
            assert jobs.get(job.job_id) == after, name
        else:
            with pytest.raises(TransitionRefused) as refused:
                operation(jobs, job)
            assert refused.value.current == job, name
            assert jobs.get(job.job_id) == job, name


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_job_that_does_not_exist_is_refused_without_a_record_and_none_is_made(jobs, name):
    job = make_job()
    with pytest.raises(TransitionRefused) as refused:
        OPERATIONS[name][0](jobs, job)
    assert refused.value.current is None
    assert jobs.get(job.job_id) is None


def test_what_is_stored_comes_back_equal_to_the_last_decimal(jobs):
    done = bring(jobs, JobStatus.COMPLETED)
    assert done.result == make_result()
    assert done.timings == TIMINGS
    assert done.outputs == make_outputs(done)
    assert done.progress == 100
    assert done.lease is None
    assert done.completed_at == NOW
    assert jobs.get(done.job_id) == done


def test_a_job_with_every_option_set_and_odd_text_survives(jobs):
    options = {"language": "es", "task": "translate", "prompt": 'ñ "quoted" \u2028 🎧', "hotwords": ""}
    job = make_job(options=options)
    jobs.create(job)
    assert jobs.get(job.job_id) == job


def test_creating_an_id_twice_is_refused_and_keeps_the_first(jobs):
    first = make_job()
    jobs.create(first)
    with pytest.raises(TransitionRefused) as refused:
        jobs.create(make_job(job_id=first.job_id, user_id="somebody-else"))
    assert refused.value.current == first
    assert jobs.get(first.job_id) == first


def test_creating_the_same_job_again_changes_nothing(jobs):
    job = make_job()
    jobs.create(job)
    jobs.create(job)
    assert jobs.get(job.job_id) == job


@pytest.mark.parametrize("counts", [True, False])
def test_only_a_try_that_counts_raises_the_failures(jobs, counts):
    released = jobs.release(holder_of(bring(jobs, JobStatus.PROCESSING)), now=NOW, counts=counts)
    failed = jobs.fail(holder_of(bring(jobs, JobStatus.PROCESSING)), now=NOW, error=ERROR, counts=counts)
    assert (released.failures, failed.failures) == (counts, counts)
    assert (released.attempts, failed.attempts) == (1, 1)
    assert failed.error == ERROR


def test_a_released_job_is_nobodys_and_can_be_claimed_at_once(jobs):
    released = jobs.release(holder_of(bring(jobs, JobStatus.PROCESSING)), now=NOW, counts=False)
    assert released.lease is None
    claimed = jobs.claim(released.job_id, owner="worker-2", now=NOW, lease_seconds=60)
    assert (claimed.lease.owner, claimed.lease.attempt, claimed.attempts) == ("worker-2", 2, 2)
