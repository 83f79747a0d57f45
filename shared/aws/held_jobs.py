"""What the holder of a job's lease may write, each as one conditional write.

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

A write whose answer got lost is sent again by the client and then refused: the holder waits for its own
lease to run out. Nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from shared.aws.faults import ConditionFailed
from shared.aws.items import plain_of
from shared.aws.job_conditions import held_by, in_any, lease_ran_out
from shared.aws.job_items import LEASE_EXPIRES_AT, LEASE_OWNER, job_key, job_of, job_of_refused
from shared.aws.table import Changes, Table
from shared.domain.errors import TransitionRefused
from shared.domain.jobs import Job, JobError, JobStatus, Split, Timings, sources_of
from shared.domain.record import format_time
from shared.domain.results import JobOutput, JobResult
from shared.ports.job_store import HeldLease, JobListener

LEASE = (LEASE_OWNER, LEASE_EXPIRES_AT)
"""The attributes that a job loses with its lease."""


class HeldJobs:
    """The holder's part of a ``JobStore``.

    IAM: dynamodb:UpdateItem
    """

    def __init__(self, table: Table, *, clock_skew: timedelta, on_write: JobListener | None = None) -> None:
        self._table = table
        self._clock_skew = clock_skew
        self._on_write = on_write

    def claim(self, job_id: str, *, owner: str, now: datetime, lease_seconds: float) -> Job:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING."""
        may_be_claimed = in_any(sources_of(JobStatus.PROCESSING))
        nobody_holds_it = Attr(LEASE_EXPIRES_AT).not_exists()
        return self._change(
            job_id,
            JobStatus.PROCESSING,
            now,
            may_be_claimed & (nobody_holds_it | lease_ran_out(now, self._clock_skew)),
            {
                LEASE_OWNER: owner,
                LEASE_EXPIRES_AT: now + timedelta(seconds=lease_seconds),
                "startedAt": now,
                "progress": 0,
            },
            add={"attempts": 1},
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
        expires_at = now + timedelta(seconds=lease_seconds)
        changes: dict[str, Any] = {LEASE_EXPIRES_AT: expires_at, "progress": progress}
        if step is not None:
            changes["currentStep"] = step
        self._change(lease.job_id, JobStatus.PROCESSING, now, held_by(lease), changes)

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
            now,
            held_by(lease),
            {
                "result": plain_of(result),
                "outputs": [plain_of(output) for output in outputs],
                "timings": plain_of(timings),
                "progress": 100,
                "completedAt": now,
            },
            remove=LEASE,
        )

    def fail(self, lease: HeldLease, *, now: datetime, error: JobError, counts: bool) -> Job:
        """PROCESSING → FAILED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.FAILED,
            now,
            held_by(lease),
            {"error": plain_of(error), "completedAt": now},
            add={"failures": int(counts)},
            remove=LEASE,
        )

    def release(self, lease: HeldLease, *, now: datetime, counts: bool) -> Job:
        """PROCESSING → QUEUED, by the holder."""
        return self._change(
            lease.job_id,
            JobStatus.QUEUED,
            now,
            held_by(lease),
            {"queuedAt": now, "progress": 0},
            add={"failures": int(counts)},
            remove=LEASE,
        )

    def park(self, lease: HeldLease, *, now: datetime, split: Split | None, progress: int) -> Job:
        """PROCESSING without a lease."""
        changes: dict[str, Any] = {"progress": progress}
        if split is not None:
            changes["split"] = plain_of(split)
        return self._change(
            lease.job_id,
            JobStatus.PROCESSING,
            now,
            held_by(lease),
            changes,
            add={"parks": 1},
            remove=LEASE,
        )

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
        return self._update(job_id, Changes(put=times_as_text, add=add or {}, remove=remove), condition)

    def _update(self, job_id: str, changes: Changes, condition: ConditionBase) -> Job:
        try:
            job = job_of(self._table.update(job_key(job_id), changes, condition=condition))
        except ConditionFailed as refused:
            raise TransitionRefused(job_id, job_of_refused(refused.item)) from refused
        if self._on_write is not None:
            self._on_write(job)
        return job
