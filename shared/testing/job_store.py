"""Jobs in memory: the same transitions as the table's conditional writes, under one lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import (
    CLOCK_SKEW_SECONDS,
    GOING_ON,
    Job,
    JobError,
    JobStatus,
    JobType,
)
from shared.ports.job_store import JobListener, JobPage
from shared.testing.held_jobs import InMemoryHeldJobs
from shared.testing.watched_jobs import InMemoryWatchedJobs


class InMemoryJobStore(InMemoryHeldJobs, InMemoryWatchedJobs):
    """A ``JobStore``."""

    def __init__(
        self, *, clock_skew_seconds: float = CLOCK_SKEW_SECONDS, on_write: JobListener | None = None
    ) -> None:
        super().__init__(clock_skew=timedelta(seconds=clock_skew_seconds), on_write=on_write)
        self._owners_of_deleted: dict[str, str] = {}

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

    def get_many(self, job_ids: Sequence[str]) -> tuple[Job, ...]:
        """Those that stand."""
        with self._lock:
            return tuple(self._jobs[job_id] for job_id in dict.fromkeys(job_ids) if job_id in self._jobs)

    def list_for_user(
        self,
        user_id: str,
        *,
        status: JobStatus | None,
        job_type: JobType | None = None,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """Pages by job id: the cursor is ``user_id/created_at/job_id`` of the last job shown."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if job.user_id == user_id and not job.quiet]
        jobs.sort(key=_position, reverse=True)
        if cursor is not None:
            last = _read_cursor(cursor, user_id)
            jobs = [job for job in jobs if _position(job) < last]
        found = [job for job in jobs if status in (None, job.status) and job_type in (None, job.type)]
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
