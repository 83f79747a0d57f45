"""Many jobs that were asked for in one call, and what is told of them once all have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from shared.domain.jobs import Job, JobStatus
from shared.domain.record import Record, Timestamp

MOST_FAILURES_NAMED = 10


class BatchNotify(StrEnum):
    """Whether each job is told of when it ends, or all of them in one notice when the last has."""

    EACH = "each"
    BATCH = "batch"


class FailedItem(Record):
    """A job of a batch that failed, as its owner is told of it."""

    job_id: str
    filename: str
    reason: str


class BatchOutcome(Record):
    """How a batch's jobs ended. ``deleted`` ones are gone; ``failures`` are the first few of the failed."""

    ended_at: Timestamp
    by_status: dict[JobStatus, int]
    deleted: int
    failures: tuple[FailedItem, ...] = ()

    @classmethod
    def of(cls, batch: Batch, jobs: Iterable[Job], *, now: Timestamp) -> BatchOutcome:
        """The outcome of a batch of whose jobs these are left, all of them ended."""
        by_id = {job.job_id: job for job in jobs}
        in_order = [by_id[job_id] for job_id in batch.job_ids if job_id in by_id]
        failed = [job for job in in_order if job.status is JobStatus.FAILED]
        return cls(
            ended_at=now,
            by_status=dict(Counter(job.status for job in in_order)),
            deleted=len(batch.job_ids) - len(in_order),
            failures=tuple(
                FailedItem(
                    job_id=job.job_id,
                    filename=job.file.filename,
                    reason=job.error.message if job.error else "",
                )
                for job in failed[:MOST_FAILURES_NAMED]
            ),
        )


class Batch(Record):
    """One ``USER#{user_id}`` / ``BATCH#{batch_id}`` record: which jobs were made, in the order asked for.

    ``refused`` counts the items of the call that made no job. While the call goes on a batch that is told of
    as a whole is not ``complete``: its ``job_ids`` are those that may come to be. ``outcome`` is set once,
    when all have ended. The record is forgotten at ``kept_until``.
    """

    batch_id: str
    user_id: str
    job_ids: tuple[str, ...]
    refused: int
    notify: BatchNotify = BatchNotify.EACH
    complete: bool = True
    outcome: BatchOutcome | None = None
    created_at: Timestamp
    kept_until: Timestamp


class OpenBatch(Record):
    """A batch that is to be told of as a whole, and has not been.

    Nobody counts: while the job ``awaited`` goes on, the batch can't have ended, and once that one has
    ended another takes its place.
    """

    user_id: str
    batch_id: str
    awaited: str
