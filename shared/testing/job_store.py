"""Jobs in memory: the same transitions as the table's conditional writes, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import (
    CLOCK_SKEW_SECONDS,
    GOING_ON,
    Job,
    JobError,
    JobOutput,
    JobResult,
    JobStatus,
    Lease,
    Split,
    Timings,
    sources_of,
)
from shared.ports.job_store import HeldLease, JobPage

Guard = Callable[[Job], bool]


class InMemoryJobStore:
    """A ``JobStore``."""

    def __init__(self, *, clock_skew_seconds: float = CLOCK_SKEW_SECONDS) -> None:
        self._clock_skew = timedelta(seconds=clock_skew_seconds)
        self._jobs: dict[str, Job] = {}
        self._owners_of_deleted: dict[str, str] = {}
        self._lock = threading.Lock()

    def create(self, job: Job) -> None:
        """Store a new job; storing the same one again changes nothing."""
        with self._lock:
            deleted = job.job_id in self._owners_of_deleted
            stored = None if deleted else self._jobs.setdefault(job.job_id, job)
        if stored != job:
            raise TransitionRefused(job.job_id, stored)

    def get(self, job_id: str) -> Job | None:
        """The job, or None."""
        with self._lock:
            return self._jobs.get(job_id)

    def list_for_user(
        self, user_id: str, *, status: JobStatus | None, limit: int, cursor: str | None
    ) -> JobPage:
        """Pages by job id: the cursor is ``user_id/created_at/job_id`` of the last job shown."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.user_id == user_id]
        jobs.sort(key=_position, reverse=True)
        if cursor is not None:
            last = _read_cursor(cursor, user_id)
            jobs = [job for job in jobs if _position(job) < last]
        found = [job for job in jobs if status in (None, job.status)]
        page = tuple(found[:limit])
        more = len(found) > limit
        return JobPage(page, "/".join((user_id, *_position(page[-1]))) if more else None)

    def page_by_status(
        self,
        status: JobStatus,
        *,
        created_since: datetime | None,
        created_until: datetime,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """Oldest first; the cursor is ``created_at/job_id`` of the last job shown."""
        with self._lock:
            jobs = [
                job
                for job in self._jobs.values()
                if job.status is status
                and job.created_at <= created_until
                and (created_since is None or job.created_at >= created_since)
                and (cursor is None or _position(job) > _read_place(cursor))
            ]
        jobs.sort(key=_position)
        page = tuple(jobs[:limit])
        return JobPage(page, "/".join(_position(page[-1])) if len(jobs) > limit else None)

    def mark_queued(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → QUEUED."""
        return self._change(job_id, JobStatus.QUEUED, _is_pending, now, queued_at=now)

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

    def extend(self, lease: HeldLease, *, now: datetime, lease_seconds: float, progress: int) -> None:
        """Heartbeat of the holder."""
        renewed = Lease(
            owner=lease.owner, attempt=lease.attempt, expires_at=now + timedelta(seconds=lease_seconds)
        )
        self._change(
            lease.job_id, JobStatus.PROCESSING, _held_by(lease), now, lease=renewed, progress=progress
        )

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

    def park(self, lease: HeldLease, *, now: datetime, split: Split, progress: int) -> Job:
        """PROCESSING without a lease, in chunks."""
        return self._change(
            lease.job_id,
            JobStatus.PROCESSING,
            _held_by(lease),
            now,
            lease=None,
            split=split,
            progress=progress,
        )

    def note_progress(self, job_id: str, *, now: datetime, progress: int) -> None:
        """Progress over all chunks."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status not in GOING_ON:
                raise TransitionRefused(job_id, job)
            self._store(job, updated_at=now, progress=progress)

    def fail_split(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """QUEUED or PROCESSING → FAILED, by a worker of a chunk."""
        return self._change(
            job_id, JobStatus.FAILED, _is_going_on, now, lease=None, error=error, completed_at=now
        )

    def reject(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """PENDING or QUEUED → FAILED."""
        return self._change(job_id, JobStatus.FAILED, _unclaimed, now, error=error, completed_at=now)

    def cancel(self, job_id: str, *, now: datetime) -> Job:
        """PENDING, QUEUED or PROCESSING → CANCELLED."""
        return self._change(job_id, JobStatus.CANCELLED, _anyone, now, lease=None, completed_at=now)

    def expire(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → EXPIRED."""
        return self._change(job_id, JobStatus.EXPIRED, _anyone, now, completed_at=now)

    def touch_stalled(self, job_id: str, *, now: datetime, unchanged_since: datetime) -> Job:
        """A job that stands still: only ``updated_at`` changes."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status.is_final or not self._stands_still(job, now, unchanged_since):
                raise TransitionRefused(job_id, job)
            return self._store(job, updated_at=now)

    def give_up(self, job_id: str, *, now: datetime, unchanged_since: datetime, error: JobError) -> Job:
        """PROCESSING with a lease that ran out → FAILED."""

        def may_be_given_up(job: Job) -> bool:
            return job.status is JobStatus.PROCESSING and self._stands_still(job, now, unchanged_since)

        return self._change(
            job_id, JobStatus.FAILED, may_be_given_up, now, lease=None, error=error, completed_at=now
        )

    def replay(self, job_id: str, *, now: datetime) -> Job:
        """FAILED → QUEUED."""
        with self._lock:
            job = self._allowed(job_id, JobStatus.QUEUED, _has_failed)
            return self._store(
                job,
                status=JobStatus.QUEUED,
                updated_at=now,
                queued_at=now,
                completed_at=None,
                error=None,
                failures=0,
                progress=0,
                redrives=job.redrives + 1,
            )

    def delete(self, job_id: str, *, now: datetime) -> None:  # noqa: ARG002
        """Forget a job that has ended, but for its owner."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or not job.status.is_final:
                raise TransitionRefused(job_id, job)
            del self._jobs[job_id]
            self._owners_of_deleted[job_id] = job.user_id

    def owner_of_deleted(self, job_id: str) -> str | None:
        """Whose it was."""
        with self._lock:
            return self._owners_of_deleted.get(job_id)

    def _stands_still(self, job: Job, now: datetime, unchanged_since: datetime) -> bool:
        lapsed = job.lease is None or job.lease.expires_at < now - self._clock_skew
        return lapsed and job.updated_at <= unchanged_since

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
        return changed


def _anyone(_job: Job) -> bool:
    return True


def _is_going_on(job: Job) -> bool:
    return job.status in GOING_ON


def _is_pending(job: Job) -> bool:
    return job.status is JobStatus.PENDING


def _has_failed(job: Job) -> bool:
    return job.status is JobStatus.FAILED


def _unclaimed(job: Job) -> bool:
    return job.status is not JobStatus.PROCESSING


def _held_by(lease: HeldLease) -> Guard:
    def held(job: Job) -> bool:
        holder = job.lease
        return holder is not None and (holder.owner, holder.attempt) == (lease.owner, lease.attempt)

    return held


def _position(job: Job) -> tuple[str, str]:
    return job.created_at.isoformat(timespec="milliseconds"), job.job_id


def _read_cursor(cursor: str, user_id: str) -> tuple[str, str]:
    parts = cursor.split("/")
    if len(parts) != 3 or parts[0] != user_id:
        raise PermanentError(Fault.INVALID_CURSOR)
    return parts[1], parts[2]


def _read_place(cursor: str) -> tuple[str, str]:
    created_at, _, job_id = cursor.partition("/")
    return created_at, job_id
