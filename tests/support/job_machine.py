"""Two workers with wrong clocks, an owner, an operator and a reconciler at one job, in any order.

A ``RuleBasedStateMachine`` over whatever ``JobStore`` a subclass makes. After each call it compares the
record with the one before: what was refused changed nothing, what was written is a drawn arrow, and only
the holder of the last lease that was granted ever writes with a lease.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import CLOCK_SKEW_SECONDS, TRANSITIONS, Job, JobError, JobStatus, Timings
from shared.ports.job_store import HeldLease, JobStore
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import FakeClock

LEASE_SECONDS = 60
MOST_SKEW_SECONDS = 300
ERROR = JobError.of(Fault.EMPTY_FILE)

skews = st.integers(-MOST_SKEW_SECONDS, MOST_SKEW_SECONDS)
passing_seconds = st.sampled_from([0.0, 1.0, 30.0, 59.9, 60.0, 65.0, 65.1, 120.0, 600.0])
workers = st.sampled_from(["worker-a", "worker-b"])


class JobMachine(RuleBasedStateMachine):
    """The rules; ``make_store`` says what they are held by."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.jobs = self.make_store()
        self.skew_seconds = {"worker-a": 0, "worker-b": 0}
        self.holder: HeldLease | None = None
        self.job = make_job(status=JobStatus.QUEUED)
        self.jobs.create(self.job)

    def make_store(self) -> JobStore:
        raise NotImplementedError

    # Time

    @rule(seconds=passing_seconds)
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(worker=workers, seconds=skews)
    def a_clock_is_set(self, worker: str, seconds: int) -> None:
        self.skew_seconds[worker] = seconds

    def _now(self, worker: str) -> datetime:
        return self.clock.now() + timedelta(seconds=self.skew_seconds[worker])

    # The workers

    @precondition(lambda self: self.job.lease is not None)
    @rule(target=leases, worker=workers, margin_seconds=st.sampled_from([-1.0, 0.0, 1.0]))
    def claim_around_the_end_of_a_lease(self, worker: str, margin_seconds: float) -> object:
        assert self.job.lease is not None
        left_seconds = (self.job.lease.expires_at - self._now(worker)).total_seconds()
        self.clock.advance(max(0.0, left_seconds + CLOCK_SKEW_SECONDS + margin_seconds))
        return self.claim_as(worker)

    @rule(target=leases, worker=workers)
    def claim(self, worker: str) -> object:
        return self.claim_as(worker)

    def claim_as(self, worker: str) -> object:
        before, now = self.job, self._now(worker)
        claimed = self._attempt(
            lambda: self.jobs.claim(self.job.job_id, owner=worker, now=now, lease_seconds=LEASE_SECONDS)
        )
        if not claimed:
            return multiple()
        if before.lease is not None:
            assert before.lease.expires_at < now - timedelta(seconds=CLOCK_SKEW_SECONDS)
        assert self.job.attempts == before.attempts + 1
        self.holder = HeldLease(job_id=self.job.job_id, owner=worker, attempt=self.job.attempts)
        return self.holder

    @rule(lease=leases, progress=st.integers(0, 99))
    def heartbeat(self, lease: HeldLease, progress: int) -> None:
        now = self._now(lease.owner)
        self._write_with(
            lease,
            lambda: self.jobs.extend(lease, now=now, lease_seconds=LEASE_SECONDS, progress=progress),
        )

    @rule(lease=leases)
    def complete(self, lease: HeldLease) -> None:
        self._write_with(
            lease,
            lambda: self.jobs.complete(
                lease,
                now=self._now(lease.owner),
                result=make_result(),
                outputs=make_outputs(self.job),
                timings=Timings(),
            ),
        )

    @rule(lease=leases, counts=st.booleans())
    def fail(self, lease: HeldLease, counts: bool) -> None:
        self._write_with(
            lease, lambda: self.jobs.fail(lease, now=self._now(lease.owner), error=ERROR, counts=counts)
        )

    @rule(lease=leases, counts=st.booleans())
    def release(self, lease: HeldLease, counts: bool) -> None:
        self._write_with(lease, lambda: self.jobs.release(lease, now=self._now(lease.owner), counts=counts))

    @rule(lease=consumes(leases))
    def forget(self, lease: HeldLease) -> None:
        """The worker dies: nobody writes with that lease any more."""

    def _write_with(self, lease: HeldLease, write: Callable[[], object]) -> None:
        if lease.job_id != self.job.job_id:
            return
        was_holder = lease == self.holder
        assert self._attempt(write) == was_holder, "only the last holder writes, and nothing else stops it"

    # All others

    @rule()
    def upload_arrives(self) -> None:
        self._attempt(lambda: self.jobs.mark_queued(self.job.job_id, now=self.clock.now()))

    @rule(how=st.sampled_from(["reject", "cancel", "expire"]))
    def somebody_ends_it(self, how: str) -> None:
        job_id, now = self.job.job_id, self.clock.now()
        ends: dict[str, Callable[[], object]] = {
            "reject": lambda: self.jobs.reject(job_id, now=now, error=ERROR),
            "cancel": lambda: self.jobs.cancel(job_id, now=now),
            "expire": lambda: self.jobs.expire(job_id, now=now),
        }
        self._attempt(ends[how])

    @precondition(lambda self: self.job.status.is_final)
    @rule(queued=st.booleans())
    def the_next_job(self, queued: bool) -> None:
        """A job that has ended teaches little more."""
        self.job = make_job(status=JobStatus.QUEUED if queued else JobStatus.PENDING)
        self.jobs.create(self.job)

    @rule()
    def replay(self) -> None:
        before = self.job
        if self._attempt(lambda: self.jobs.replay(self.job.job_id, now=self.clock.now()), replays=True):
            assert before.status is JobStatus.FAILED
            assert (self.job.failures, self.job.redrives) == (0, before.redrives + 1)

    @rule(bound_seconds=passing_seconds)
    def touch_stalled(self, bound_seconds: float) -> None:
        before, now = self.job, self.clock.now()
        since = now - timedelta(seconds=bound_seconds)
        if self._attempt(lambda: self.jobs.touch_stalled(before.job_id, now=now, unchanged_since=since)):
            assert self.job == before.model_copy(update={"updated_at": now})

    @rule(bound_seconds=passing_seconds)
    def give_up(self, bound_seconds: float) -> None:
        now = self.clock.now()
        since = now - timedelta(seconds=bound_seconds)
        self._attempt(lambda: self.jobs.give_up(self.job.job_id, now=now, unchanged_since=since, error=ERROR))

    # What holds whatever happens

    def _attempt(self, write: Callable[[], object], *, replays: bool = False) -> bool:
        """Whether a conditional write was done; checks what it did to the record."""
        before = self.job
        try:
            write()
        except TransitionRefused as refused:
            found = {refused.current, self._stored()}
            assert found == {before}, "what is refused changes nothing"
            return False
        self.job = self._stored()
        self._check_change(before, replays=replays)
        if self.job.status is not JobStatus.PROCESSING:
            self.holder = None
        return True

    def _check_change(self, before: Job, *, replays: bool) -> None:
        after = self.job
        assert replays or not before.status.is_final, "a job that has ended stays as it is"
        assert after.status is before.status or after.status in TRANSITIONS[before.status]
        assert after.attempts >= before.attempts
        assert replays or after.failures >= before.failures

    def _stored(self) -> Job:
        job = self.jobs.get(self.job.job_id)
        assert job is not None
        return job

    @invariant()
    def the_lease_is_the_holders(self) -> None:
        lease = self.job.lease
        assert (lease is not None) == (self.job.status is JobStatus.PROCESSING)
        if lease is not None:
            assert self.holder is not None
            assert (lease.owner, lease.attempt) == (self.holder.owner, self.holder.attempt)
            assert lease.attempt == self.job.attempts

    @invariant()
    def no_more_tries_failed_than_were_begun(self) -> None:
        assert self.job.failures <= self.job.attempts

    @invariant()
    def an_error_belongs_to_a_failed_job(self) -> None:
        assert (self.job.error is not None) == (self.job.status is JobStatus.FAILED)
