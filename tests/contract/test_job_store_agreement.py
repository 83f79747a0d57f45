"""The fake and the table agree on any history: what one allows, stores or refuses, the other does too.

Tests of services trust the fake, so it is compared with the adapter beyond the cases somebody thought of.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, Timings
from shared.ports.job_store import HeldLease, TooManyWatchers
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START
from shared.testing.job_store import InMemoryJobStore

ERROR = JobError.of(Fault.NO_AUDIO_TRACK)

owners = st.sampled_from(["worker-1", "worker-2"])
attempts = st.integers(1, 3)
progresses = st.integers(0, 100)
connections = st.sampled_from(["connection-1", "connection-2"])
stalls = st.sampled_from([0.0, 4.0, 12.0])


def held(job, owner, attempt):
    return HeldLease(job_id=job.job_id, owner=owner, attempt=attempt)


operations = st.one_of(
    st.just(lambda jobs, job, now: jobs.mark_queued(job.job_id, now=now)),
    owners.map(
        lambda owner: lambda jobs, job, now: jobs.claim(job.job_id, owner=owner, now=now, lease_seconds=10)
    ),
    st.builds(
        lambda owner, attempt, progress: (
            lambda jobs, job, now: jobs.extend(
                held(job, owner, attempt), now=now, lease_seconds=10, progress=progress
            )
        ),
        owners,
        attempts,
        progresses,
    ),
    st.builds(
        lambda owner, attempt: (
            lambda jobs, job, now: jobs.complete(
                held(job, owner, attempt),
                now=now,
                result=make_result(),
                outputs=make_outputs(job),
                timings=Timings(decode_ms=1.25),
            )
        ),
        owners,
        attempts,
    ),
    st.builds(
        lambda owner, attempt, counts: (
            lambda jobs, job, now: jobs.fail(held(job, owner, attempt), now=now, error=ERROR, counts=counts)
        ),
        owners,
        attempts,
        st.booleans(),
    ),
    st.builds(
        lambda owner, attempt, counts: (
            lambda jobs, job, now: jobs.release(held(job, owner, attempt), now=now, counts=counts)
        ),
        owners,
        attempts,
        st.booleans(),
    ),
    st.just(lambda jobs, job, now: jobs.reject(job.job_id, now=now, error=ERROR)),
    st.just(lambda jobs, job, now: jobs.cancel(job.job_id, now=now)),
    st.just(lambda jobs, job, now: jobs.expire(job.job_id, now=now)),
    st.just(lambda jobs, job, now: jobs.replay(job.job_id, now=now)),
    st.just(lambda jobs, job, now: jobs.delete(job.job_id, now=now)),
    connections.map(lambda one: lambda jobs, job, now: jobs.watch(job.job_id, one, most=1)),
    connections.map(lambda one: lambda jobs, job, now: jobs.unwatch(job.job_id, [one])),
    stalls.map(
        lambda seconds: (
            lambda jobs, job, now: jobs.touch_stalled(
                job.job_id, now=now, unchanged_since=now - timedelta(seconds=seconds)
            )
        )
    ),
    stalls.map(
        lambda seconds: (
            lambda jobs, job, now: jobs.give_up(
                job.job_id, now=now, unchanged_since=now - timedelta(seconds=seconds), error=ERROR
            )
        )
    ),
)
histories = st.lists(st.tuples(operations, st.sampled_from([0.0, 0.5, 4.0, 12.0])), max_size=12)


def outcome(jobs, job, operation, now):
    try:
        return operation(jobs, job, now)
    except TransitionRefused as refused:
        return ("refused", refused.current)
    except TooManyWatchers:
        return "too many watchers"


@pytest.fixture(scope="module")
def table(emulated_cloud):
    return emulated_cloud.job_store()


@pytest.mark.emulator
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
@given(history=histories, queued=st.booleans())
def test_the_fake_and_the_table_agree_on_any_history(table, history, queued):
    fake, job, now = InMemoryJobStore(), make_job(), START
    for jobs in (fake, table):
        jobs.create(job)
        if queued:
            jobs.mark_queued(job.job_id, now=now)
    for operation, seconds in history:
        now += timedelta(seconds=seconds)
        assert outcome(fake, job, operation, now) == outcome(table, job, operation, now)
        assert fake.get(job.job_id) == table.get(job.job_id)
        assert fake.owner_of_deleted(job.job_id) == table.owner_of_deleted(job.job_id)
