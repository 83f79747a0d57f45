"""Many jobs in one call: each item is taken or refused by itself, and nothing undoes what was taken.

Items are worked on a few at a time, because each is some round trips to the table and a call has half a
minute. Their ids are drawn beforehand and in order: a second try at the same request names the same jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta

from services.api_lambda.authentication import Caller
from services.api_lambda.intake import Intake, NewId
from services.api_lambda.request_models import TranscriptionRequest
from services.api_lambda.wanted import Wanted
from shared.domain.batches import Batch
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job, JobStatus
from shared.log import get_logger
from shared.ports.batch_store import BatchStore
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.object_store import PresignedUpload

ITEMS_AT_ONCE = 8
JOBS_A_READ = 100
_IDS_AN_ITEM = 2
"""A file's and a job's."""

_log = get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """An item that became a job; ``upload`` says how to send its file, if that is still to come."""

    job: Job
    upload: PresignedUpload | None


Outcome = Taken | PermanentError


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch has come: its jobs by state, and their progress together (0-100).

    A job that was deleted counts as done; ``deleted`` says how many were.
    """

    batch: Batch
    by_status: dict[JobStatus, int]
    deleted: int
    progress: int

    @property
    def is_done(self) -> bool:
        """Whether every job has ended."""
        return all(status.is_final for status in self.by_status)


class Batches:
    """What stands behind ``/v1/batch``."""

    def __init__(self, *, intake: Intake, jobs: JobStore, batches: BatchStore, clock: Clock) -> None:
        self._intake = intake
        self._jobs = jobs
        self._batches = batches
        self._clock = clock

    def submit(
        self, caller: Caller, items: Sequence[TranscriptionRequest], new_id: NewId
    ) -> tuple[Batch, list[Outcome]]:
        """Make a job of each item that can be one. Raises ``TransientError``: then ask again, whole."""
        batch_id = new_id()
        work = _Submission(self._intake, caller)
        ids = [tuple(new_id() for _ in range(_IDS_AN_ITEM)) for _ in items]
        with ThreadPoolExecutor(ITEMS_AT_ONCE, thread_name_prefix="batch") as threads:
            asked = [
                threads.submit(copy_context().run, work.take, item, own)
                for item, own in zip(items, ids, strict=True)
            ]
            outcomes = [future.result() for future in asked]
        job_ids = tuple(outcome.job.job_id for outcome in outcomes if isinstance(outcome, Taken))
        now = self._clock.now()
        batch = Batch(
            batch_id=batch_id,
            user_id=caller.user_id,
            job_ids=job_ids,
            refused=len(items) - len(job_ids),
            created_at=now,
            kept_until=now + timedelta(days=caller.limits.kept_days),
        )
        self._batches.put(batch)
        _log.info("batch taken", batch_id=batch_id, jobs=len(job_ids), refused=batch.refused)
        return batch, outcomes

    def progress(self, caller: Caller, batch_id: str) -> BatchProgress:
        """How far it has come, as of a moment ago. Raises ``PermanentError(NOT_FOUND)``."""
        batch = self._batches.get(batch_id) if is_id(batch_id) else None
        if batch is None or batch.user_id != caller.user_id:
            raise PermanentError(Fault.NOT_FOUND)
        starts = range(0, len(batch.job_ids), JOBS_A_READ)
        pages = (self._jobs.get_many(batch.job_ids[start : start + JOBS_A_READ]) for start in starts)
        jobs = [job for page in pages for job in page]
        deleted = len(batch.job_ids) - len(jobs)
        done = 100 * deleted + sum(100 if job.status.is_final else job.progress for job in jobs)
        return BatchProgress(
            batch=batch,
            by_status=dict(Counter(job.status for job in jobs)),
            deleted=deleted,
            progress=done // len(batch.job_ids) if batch.job_ids else 100,
        )


class _Submission:
    """One call's items. Once the jobs at once are used up, the rest is refused without asking again."""

    def __init__(self, intake: Intake, caller: Caller) -> None:
        self._intake = intake
        self._caller = caller
        self._full: PermanentError | None = None

    def take(self, item: TranscriptionRequest, ids: Sequence[str]) -> Outcome:
        if self._full is not None:
            return self._full
        new_id = iter(ids).__next__
        wanted = Wanted(item.options)
        try:
            if item.upload is not None:
                job, upload = self._intake.for_upload(self._caller, item.upload, wanted, new_id)
                return Taken(job, upload)
            job = self._intake.for_file(self._caller, item.file_id or "", wanted, new_id)
            return Taken(job, None)
        except PermanentError as error:
            if error.fault is Fault.LIMIT_REACHED:
                self._full = error
            return error
