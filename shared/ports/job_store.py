"""Where jobs are kept. Every change is one conditional write; nothing reads then writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.jobs import Job, JobError, JobStatus, JobType, Split, Timings
from shared.domain.results import JobOutput, JobResult


@dataclass(frozen=True)
class JobPage:
    """Jobs in the order asked for, and the cursor of the next page (None: this was the last)."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class HeldLease:
    """A lease as its holder knows it: what its conditional writes compare with the record."""

    job_id: str
    owner: str
    attempt: int


class TooManyWatchers(Exception):
    """As many connections watch the job as may."""


JobListener = Callable[[Job], None]
"""Is handed a job as each write of its record leaves it, from the thread that wrote; it must not raise.

Those who watch a job join and leave in silence.
"""


class JobStore(Protocol):
    """The jobs table. Raises ``TransitionRefused`` (with the record as it stands) where noted."""

    def create(self, job: Job) -> None:
        """Store a new job. Raises ``TransitionRefused`` if the id stands for another one."""
        ...

    def get(self, job_id: str) -> Job | None:
        """The job as of now (strongly consistent)."""
        ...

    def get_many(self, job_ids: Sequence[str]) -> tuple[Job, ...]:
        """Those of up to 100 jobs that stand, in no order, as of a moment ago."""
        ...

    def list_for_user(
        self,
        user_id: str,
        *,
        status: JobStatus | None,
        job_type: JobType | None = None,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """A user's jobs but the quiet ones, newest first. Raises ``PermanentError(INVALID_CURSOR)``.

        Only a missing cursor says that no more follow: where a filter finds little, a page may be short.
        """
        ...

    def page_by_status(
        self,
        status: JobStatus,
        *,
        created_since: datetime | None,
        created_until: datetime,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """Jobs of all users, oldest first, as of a moment ago; both bounds belong to what is asked for.

        A cursor stays good whatever becomes of the job it names, and when the bounds have moved past it.
        A page may be short: only a missing cursor says that no more follow.
        """
        ...

    def mark_queued(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → QUEUED. Raises ``TransitionRefused``."""
        ...

    def claim(self, job_id: str, *, owner: str, now: datetime, lease_seconds: float) -> Job:
        """QUEUED, or PROCESSING with a lease that ran out before ``now`` → PROCESSING, leased to ``owner``.

        A lease has run out when its expiry lies further back than ``CLOCK_SKEW_SECONDS``. Counts one
        attempt, sets ``startedAt`` and begins the progress anew. Raises ``TransitionRefused``.
        """
        ...

    def extend(
        self,
        lease: HeldLease,
        *,
        now: datetime,
        lease_seconds: float,
        progress: int,
        step: str | None = None,
    ) -> None:
        """Heartbeat: the holder keeps the job until ``now + lease_seconds``. Raises ``TransitionRefused``.

        ``step`` is the step of a workflow that it is at; None leaves what the record says.
        """
        ...

    def complete(
        self,
        lease: HeldLease,
        *,
        now: datetime,
        result: JobResult,
        outputs: tuple[JobOutput, ...],
        timings: Timings,
    ) -> Job:
        """PROCESSING → COMPLETED, by the holder. Raises ``TransitionRefused``."""
        ...

    def fail(self, lease: HeldLease, *, now: datetime, error: JobError, counts: bool) -> Job:
        """PROCESSING → FAILED, by the holder; ``counts`` adds one to ``failures``.

        Raises ``TransitionRefused``.
        """
        ...

    def release(self, lease: HeldLease, *, now: datetime, counts: bool) -> Job:
        """PROCESSING → QUEUED, by the holder; ``counts`` adds one to ``failures``.

        Sets ``queuedAt`` and begins the progress anew: it is a new wait. Raises ``TransitionRefused``.
        """
        ...

    def park(self, lease: HeldLease, *, now: datetime, split: Split | None, progress: int) -> Job:
        """PROCESSING, given up by its holder; may be claimed at once. Counts one park.

        With a ``split`` it is worked on in chunks from now on; without one it waits for something else.
        Raises ``TransitionRefused``.
        """
        ...

    def note_progress(self, job_id: str, *, now: datetime, progress: int) -> None:
        """By a worker of a chunk: the job is alive. Raises ``TransitionRefused`` if it is not to go on.

        It is to go on while it is PROCESSING, or QUEUED again after its own worker ended.
        """
        ...

    def fail_split(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """QUEUED or PROCESSING → FAILED, by a worker of a chunk, whoever holds the job.

        Raises ``TransitionRefused``.
        """
        ...

    def reject(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """PENDING or QUEUED → FAILED, before any worker held it. Raises ``TransitionRefused``."""
        ...

    def cancel(self, job_id: str, *, now: datetime) -> Job:
        """PENDING, QUEUED or PROCESSING → CANCELLED. Raises ``TransitionRefused``."""
        ...

    def expire(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → EXPIRED. Raises ``TransitionRefused``."""
        ...

    def touch_stalled(self, job_id: str, *, now: datetime, unchanged_since: datetime) -> Job:
        """Take note of a job that stands still, and change nothing but ``updatedAt``.

        PENDING, QUEUED, or PROCESSING with a lease that ran out, and not written to after
        ``unchanged_since``: of two that found it stalled, one may act. Raises ``TransitionRefused``.
        """
        ...

    def replay(self, job_id: str, *, now: datetime) -> Job:
        """FAILED → QUEUED, by an operator: no failures and no error, as if it had never been tried.

        Counts one redrive. ``attempts`` goes on, because it tells leases apart. Raises
        ``TransitionRefused``.
        """
        ...

    def watch(self, job_id: str, connection_id: str, *, most: int) -> Job:
        """A connection is told from now on how the job goes on; returns the job as of that moment.

        Raises ``TransitionRefused`` for a job that has ended, so that its end is never missed: either it
        is in the refusal, or whoever tells of it finds the connection among the job's watchers. Raises
        ``TooManyWatchers`` if ``most`` others watch.
        """
        ...

    def unwatch(self, job_id: str, connection_ids: Iterable[str]) -> None:
        """Connections are told no more; where they or the job are not there, that is no error."""
        ...

    def delete(self, job_id: str, *, now: datetime) -> None:
        """Forget a job that has ended: from now on there is no such job. Raises ``TransitionRefused``.

        For 30 days :meth:`owner_of_deleted` knows of it, longer than any message about it lives.
        """
        ...

    def owner_of_deleted(self, job_id: str) -> str | None:
        """The user whose job this was before it was deleted; None for a job that stands or never was.

        A message about a deleted job is of no use any more; one about a job that never was means that
        something is wrong.
        """
        ...

    def give_up(self, job_id: str, *, now: datetime, unchanged_since: datetime, error: JobError) -> Job:
        """PROCESSING with a lease that ran out → FAILED, by somebody who does not hold it.

        Only a job not written to after ``unchanged_since``. Raises ``TransitionRefused``.
        """
        ...
