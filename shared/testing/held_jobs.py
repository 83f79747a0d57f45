"""What the holder of a job's lease may write, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.errors import TransitionRefused
from shared.domain.jobs import Job, JobError, JobStatus, Lease, Split, Timings, sources_of
from shared.domain.results import JobOutput, JobResult
from shared.ports.job_store import HeldLease, JobListener

Guard = Callable[[Job], bool]


class InMemoryHeldJobs:
    """The holder's part of a ``JobStore``."""

    def __init__(self, *, clock_skew: timedelta, on_write: JobListener | None = None) -> None:
        self._clock_skew = clock_skew
        self._on_write = on_write
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()  # a listener may look at jobs

    def claim(self, job_id: str, *, owner: str, now: datetime, lease_seconds: float) -> Job:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING."""
        expired_before = now - self._clock_skew

        def claimable(job: Job) -> bool:
            return job.lease is None or job.lease.expires_at < expired_before

        with self._lock:
            job = self._allowed(job_id, JobStatus.PROCESSING, claimable)
            attempt = job.attempts + 1
            lease = Lease(owner=owner, attempt=attempt, expires_at=now + timedelta(seconds=lease_seconds))
            return self._store(
                job,
                status=JobStatus.PROCESSING,
                lease=lease,
                attempts=attempt,
                progress=0,
                started_at=now,
                updated_at=now,
            )

    def extend(
        self,
        lease: HeldLease,
        *,
        now: datetime,
        lease_seconds: float,
        progress: int,
        step: str | None = None,
    ) -> None:
        """Heartbeat of the holder."""
        renewed = Lease(
            owner=lease.owner, attempt=lease.attempt, expires_at=now + timedelta(seconds=lease_seconds)
        )
        changes: dict[str, object] = {"lease": renewed, "progress": progress}
        if step is not None:
            changes["current_step"] = step
        self._change(lease.job_id, JobStatus.PROCESSING, _held_by(lease), now, **changes)

    def complete(
        self,
        lease: HeldLease,
        *,
        now: datetime,
        result: JobResult,
        outputs: tuple[JobOutput, ...],
        timings: Timings,
    ) -> Job:
        """PROCESSING → COMPLETED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.COMPLETED,
            _held_by(lease),
            now,
            lease=None,
            result=result,
            outputs=outputs,
            timings=timings,
            progress=100,
            completed_at=now,
        )

    def fail(self, lease: HeldLease, *, now: datetime, error: JobError, counts: bool) -> Job:
        """PROCESSING → FAILED, by the holder."""
        return self._end_try(lease, JobStatus.FAILED, now, counts, error=error, completed_at=now)

    def release(self, lease: HeldLease, *, now: datetime, counts: bool) -> Job:
        """PROCESSING → QUEUED, by the holder."""
        return self._end_try(lease, JobStatus.QUEUED, now, counts, queued_at=now, progress=0)

    def park(self, lease: HeldLease, *, now: datetime, split: Split | None, progress: int) -> Job:
        """PROCESSING without a lease."""
        with self._lock:
            job = self._allowed(lease.job_id, JobStatus.PROCESSING, _held_by(lease))
            return self._store(
                job,
                updated_at=now,
                lease=None,
                split=split or job.split,
                parks=job.parks + 1,
                progress=progress,
            )

    def _change(self, job_id: str, target: JobStatus, guard: Guard, now: datetime, **changes: object) -> Job:
        with self._lock:
            job = self._allowed(job_id, target, guard)
            return self._store(job, status=target, updated_at=now, **changes)

    def _end_try(
        self, lease: HeldLease, target: JobStatus, now: datetime, counts: bool, **changes: object
    ) -> Job:
        with self._lock:
            job = self._allowed(lease.job_id, target, _held_by(lease))
            failures = job.failures + int(counts)
            return self._store(job, status=target, updated_at=now, lease=None, failures=failures, **changes)

    def _allowed(self, job_id: str, target: JobStatus, guard: Guard) -> Job:
        job = self._jobs.get(job_id)
        if job is None or job.status not in sources_of(target) or not guard(job):
            raise TransitionRefused(job_id, job)
        return job

    def _store(self, job: Job, **changes: object) -> Job:
        changed = Job.model_validate({**dict(job), **changes})
        self._jobs[job.job_id] = changed
        if self._on_write is not None:
            self._on_write(changed)
        return changed


def _held_by(lease: HeldLease) -> Guard:
    def held(job: Job) -> bool:
        holder = job.lease
        return holder is not None and (holder.owner, holder.attempt) == (lease.owner, lease.attempt)

    return held
