"""Jobs in the table: every transition is one conditional write, built from the trade's own table.

What a lease lets its holder do is in :mod:`shared.aws.held_jobs`. When nobody's turn to claim ever comes
because the message got lost, nobody writes to the record any more::

    updatedAt  ✓ last write ├──────── the bound on standing still ────────┤ ✓ touch_stalled, or give_up
    reconciler 1                                                          │
    reconciler 2                                                          └─ ✗ touch_stalled: updatedAt is new

Both compare the lease as a claim does, and ``updatedAt`` with the bound: a holder's late heartbeat and
another reconciler's touch each move it on, so of all of them exactly one acts.

A write whose answer got lost is sent again by the client and then refused: the caller sees the state
that it wanted itself, or waits for its own lease to run out. Nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.aws.faults import ConditionFailed
from shared.aws.held_jobs import LEASE, HeldJobs
from shared.aws.items import plain_of
from shared.aws.job_conditions import (
    in_any,
    in_status,
    lapsed,
    unchanged,
    unclaimed,
)
from shared.aws.job_items import (
    is_remains,
    item_of,
    job_key,
    job_of_refused,
    owner_of,
    reduction_to_remains,
    standing_job_of,
)
from shared.aws.job_listing import JobListing
from shared.aws.jobs_by_status import JobsByStatus
from shared.aws.table import Changes, Table
from shared.aws.watched_jobs import WatchedJobs
from shared.domain.errors import TransitionRefused
from shared.domain.jobs import (
    CLOCK_SKEW_SECONDS,
    GOING_ON,
    Job,
    JobError,
    JobStatus,
    JobType,
    sources_of,
)
from shared.domain.record import format_time
from shared.ports.job_store import JobListener, JobPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoJobStore(HeldJobs, WatchedJobs):
    """A ``JobStore``.

    IAM: dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:Query
    Table: keys ``PK``, ``SK``; index ``user-jobs-index`` (userId, createdAt) with all attributes; index
    ``status-created-index`` (status, createdAt) with keys alone.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        *,
        clock_skew_seconds: float = CLOCK_SKEW_SECONDS,
        on_write: JobListener | None = None,
    ) -> None:
        clock_skew = timedelta(seconds=clock_skew_seconds)
        super().__init__(Table(client, table_name), clock_skew=clock_skew, on_write=on_write)
        self._listing = JobListing(self._table)
        self._by_status = JobsByStatus(self._table)

    def create(self, job: Job) -> None:
        """Store a new job. Storing it again changes nothing: a call whose answer got lost is retried."""
        try:
            self._table.put_new(item_of(job))
        except ConditionFailed as refused:
            stored = job_of_refused(refused.item)
            if stored != job:
                raise TransitionRefused(job.job_id, stored) from refused

    def get(self, job_id: str) -> Job | None:
        """The job as of now."""
        return standing_job_of(self._table.get(job_key(job_id), consistent=True))

    def get_many(self, job_ids: Sequence[str]) -> tuple[Job, ...]:
        """Those of up to 100 jobs that stand; each is read once, however often it is named."""
        found = self._table.get_many([job_key(job_id) for job_id in dict.fromkeys(job_ids)])
        return tuple(job for item in found if (job := standing_job_of(item)) is not None)

    def list_for_user(
        self,
        user_id: str,
        *,
        status: JobStatus | None,
        job_type: JobType | None = None,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """A user's jobs, newest first; the index may lag the table by a moment."""
        return self._listing.page(user_id, status=status, job_type=job_type, limit=limit, cursor=cursor)

    def page_by_status(
        self,
        status: JobStatus,
        *,
        created_since: datetime | None,
        created_until: datetime,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """Jobs of all users, oldest first."""
        return self._by_status.page(
            status, created_since=created_since, created_until=created_until, limit=limit, cursor=cursor
        )

    def mark_queued(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → QUEUED."""
        return self._change(job_id, JobStatus.QUEUED, now, in_status(JobStatus.PENDING), {"queuedAt": now})

    def note_progress(self, job_id: str, *, now: datetime, progress: int) -> None:
        """Progress over all chunks."""
        changes = Changes(put={"updatedAt": format_time(now), "progress": progress})
        self._update(job_id, changes, in_any(GOING_ON))

    def fail_split(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """QUEUED or PROCESSING → FAILED, by a worker of a chunk."""
        changes = {"error": plain_of(error), "completedAt": now}
        return self._change(job_id, JobStatus.FAILED, now, in_any(GOING_ON), changes, remove=LEASE)

    def reject(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """PENDING or QUEUED → FAILED."""
        changes = {"error": plain_of(error), "completedAt": now}
        return self._change(job_id, JobStatus.FAILED, now, unclaimed(JobStatus.FAILED), changes)

    def cancel(self, job_id: str, *, now: datetime) -> Job:
        """PENDING, QUEUED or PROCESSING → CANCELLED."""
        condition = in_any(sources_of(JobStatus.CANCELLED))
        return self._change(job_id, JobStatus.CANCELLED, now, condition, {"completedAt": now}, remove=LEASE)

    def expire(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → EXPIRED."""
        condition = in_any(sources_of(JobStatus.EXPIRED))
        return self._change(job_id, JobStatus.EXPIRED, now, condition, {"completedAt": now})

    def touch_stalled(self, job_id: str, *, now: datetime, unchanged_since: datetime) -> Job:
        """A job that stands still: only ``updatedAt`` changes."""
        may_stand_still = in_any(frozenset({JobStatus.PENDING, JobStatus.QUEUED}))
        condition = (may_stand_still | lapsed(now, self._clock_skew)) & unchanged(unchanged_since)
        return self._update(job_id, Changes(put={"updatedAt": format_time(now)}), condition)

    def give_up(self, job_id: str, *, now: datetime, unchanged_since: datetime, error: JobError) -> Job:
        """PROCESSING with a lease that ran out → FAILED."""
        return self._change(
            job_id,
            JobStatus.FAILED,
            now,
            lapsed(now, self._clock_skew) & unchanged(unchanged_since),
            {"error": plain_of(error), "completedAt": now},
            remove=LEASE,
        )

    def replay(self, job_id: str, *, now: datetime) -> Job:
        """FAILED → QUEUED."""
        return self._change(
            job_id,
            JobStatus.QUEUED,
            now,
            in_status(JobStatus.FAILED),
            {"queuedAt": now, "failures": 0, "progress": 0},
            add={"redrives": 1},
            remove=("error", "completedAt"),
        )

    def delete(self, job_id: str, *, now: datetime) -> None:
        """Reduce a job that has ended to its remains."""
        has_ended = in_any(frozenset(status for status in JobStatus if status.is_final))
        try:
            self._table.update(job_key(job_id), reduction_to_remains(now), condition=has_ended)
        except ConditionFailed as refused:
            raise TransitionRefused(job_id, job_of_refused(refused.item)) from refused

    def owner_of_deleted(self, job_id: str) -> str | None:
        """Whose it was, while its remains are there."""
        item = self._table.get(job_key(job_id), consistent=True)
        return owner_of(item) if item is not None and is_remains(item) else None
