"""Jobs in the table: every transition is one conditional write, built from the trade's own table.

How a lease lives (L: lease, S: allowed clock skew, ✓ written, ✗ refused)::

    worker A   ✓ claim ──── ✓ extend ──── (frozen: no heartbeat) ·················· ✗ extend, complete, fail,
    attempts   1                                                                    │ release: attempts is 2
    lease      ├───── L ─ ─ ┤                                                       │
                            ├──────────── L ────────────┤ expiry                    │
    worker B                       ✗ claim      ✗ claim ├── S ──┤ ✓ claim ──────────┴─────▶
    attempts                                                      2

A expects its record to say ``leaseOwner = A and attempts = 1``. That pair never comes back once
another claim was written, so a worker that was frozen for an hour can't touch what B does. The time
alone takes nothing from A: until somebody else claims, its late heartbeat still holds. Only a claim
compares clocks, B's with the expiry that A's clock set, hence S.

A write whose answer got lost is sent again by the client and then refused: the caller sees the state
that it wanted itself, or waits for its own lease to run out. Nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from shared.aws.faults import ConditionFailed
from shared.aws.items import plain_of
from shared.aws.job_items import (
    LEASE_EXPIRES_AT,
    LEASE_OWNER,
    item_of,
    job_key,
    job_of,
    job_of_refused,
)
from shared.aws.job_listing import JobListing
from shared.aws.table import Changes, Table
from shared.domain.errors import TransitionRefused
from shared.domain.jobs import (
    CLOCK_SKEW_SECONDS,
    Job,
    JobError,
    JobOutput,
    JobStatus,
    Timings,
    TranscriptionResult,
    sources_of,
)
from shared.domain.record import format_time
from shared.ports.job_store import HeldLease, JobPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LEASE = (LEASE_OWNER, LEASE_EXPIRES_AT)


class DynamoJobStore:
    """A ``JobStore``.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:Query
    Table: keys ``PK``, ``SK``; index ``user-jobs-index`` (userId, createdAt) with all attributes.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, *, clock_skew_seconds: float = CLOCK_SKEW_SECONDS
    ) -> None:
        self._table = Table(client, table_name)
        self._listing = JobListing(self._table)
        self._clock_skew = timedelta(seconds=clock_skew_seconds)

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
        item = self._table.get(job_key(job_id), consistent=True)
        return None if item is None else job_of(item)

    def list_for_user(
        self, user_id: str, *, status: JobStatus | None, limit: int, cursor: str | None
    ) -> JobPage:
        """A user's jobs, newest first; the index may lag the table by a moment."""
        return self._listing.page(user_id, status=status, limit=limit, cursor=cursor)

    def mark_queued(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → QUEUED."""
        return self._change(job_id, JobStatus.QUEUED, now, _unclaimed(JobStatus.QUEUED), {"queuedAt": now})

    def claim(self, job_id: str, *, owner: str, now: datetime, lease_seconds: float) -> Job:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING."""
        may_be_claimed = _in_any(sources_of(JobStatus.PROCESSING))
        nobody_holds_it = Attr(LEASE_EXPIRES_AT).not_exists()
        its_lease_ran_out = Attr(LEASE_EXPIRES_AT).lt(format_time(now - self._clock_skew))
        return self._change(
            job_id,
            JobStatus.PROCESSING,
            now,
            may_be_claimed & (nobody_holds_it | its_lease_ran_out),
            {
                LEASE_OWNER: owner,
                LEASE_EXPIRES_AT: now + timedelta(seconds=lease_seconds),
                "startedAt": now,
                "progress": 0,
            },
            add={"attempts": 1},
        )

    def extend(self, lease: HeldLease, *, now: datetime, lease_seconds: float, progress: int) -> None:
        """Heartbeat of the holder."""
        self._change(
            lease.job_id,
            JobStatus.PROCESSING,
            now,
            _held_by(lease),
            {LEASE_EXPIRES_AT: now + timedelta(seconds=lease_seconds), "progress": progress},
        )

    def complete(
        self,
        lease: HeldLease,
        *,
        now: datetime,
        result: TranscriptionResult,
        outputs: tuple[JobOutput, ...],
        timings: Timings,
    ) -> Job:
        """PROCESSING → COMPLETED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.COMPLETED,
            now,
            _held_by(lease),
            {
                "result": plain_of(result),
                "outputs": [plain_of(output) for output in outputs],
                "timings": plain_of(timings),
                "progress": 100,
                "completedAt": now,
            },
            remove=_LEASE,
        )

    def fail(self, lease: HeldLease, *, now: datetime, error: JobError, counts: bool) -> Job:
        """PROCESSING → FAILED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.FAILED,
            now,
            _held_by(lease),
            {"error": plain_of(error), "completedAt": now},
            add={"failures": int(counts)},
            remove=_LEASE,
        )

    def release(self, lease: HeldLease, *, now: datetime, counts: bool) -> Job:
        """PROCESSING → QUEUED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.QUEUED,
            now,
            _held_by(lease),
            {"queuedAt": now, "progress": 0},
            add={"failures": int(counts)},
            remove=_LEASE,
        )

    def reject(self, job_id: str, *, now: datetime, error: JobError) -> Job:
        """PENDING or QUEUED → FAILED."""
        changes = {"error": plain_of(error), "completedAt": now}
        return self._change(job_id, JobStatus.FAILED, now, _unclaimed(JobStatus.FAILED), changes)

    def cancel(self, job_id: str, *, now: datetime) -> Job:
        """PENDING, QUEUED or PROCESSING → CANCELLED."""
        condition = _in_any(sources_of(JobStatus.CANCELLED))
        return self._change(job_id, JobStatus.CANCELLED, now, condition, {"completedAt": now}, remove=_LEASE)

    def expire(self, job_id: str, *, now: datetime) -> Job:
        """PENDING → EXPIRED."""
        condition = _in_any(sources_of(JobStatus.EXPIRED))
        return self._change(job_id, JobStatus.EXPIRED, now, condition, {"completedAt": now})

    def _change(
        self,
        job_id: str,
        target: JobStatus,
        now: datetime,
        condition: ConditionBase,
        put: Mapping[str, Any],
        *,
        add: Mapping[str, int] | None = None,
        remove: tuple[str, ...] = (),
    ) -> Job:
        values = {"status": target.value, "updatedAt": now, **put}
        times_as_text = {
            name: format_time(value) if isinstance(value, datetime) else value
            for name, value in values.items()
        }
        changes = Changes(put=times_as_text, add=add or {}, remove=remove)
        try:
            return job_of(self._table.update(job_key(job_id), changes, condition=condition))
        except ConditionFailed as refused:
            raise TransitionRefused(job_id, job_of_refused(refused.item)) from refused


def _in_any(statuses: frozenset[JobStatus]) -> ConditionBase:
    return Attr("status").is_in(sorted(status.value for status in statuses))


def _unclaimed(target: JobStatus) -> ConditionBase:
    """In a state that leads to ``target``, and no worker holds it: what is PROCESSING is its holder's."""
    return _in_any(sources_of(target) - {JobStatus.PROCESSING})


def _held_by(lease: HeldLease) -> ConditionBase:
    is_processing = Attr("status").eq(JobStatus.PROCESSING.value)
    owner_is_the_same = Attr(LEASE_OWNER).eq(lease.owner)
    nobody_claimed_since = Attr("attempts").eq(lease.attempt)
    return is_processing & owner_is_the_same & nobody_claimed_since
