"""Many jobs in one call: each item is taken or refused by itself, and nothing undoes what was taken.

Items are worked on a few at a time, because each is some round trips to the table and a call has half a
minute. Their ids are drawn beforehand and in order: a second try at the same request names the same jobs.

A batch that is told of as a whole stands before its first job, with the ids of all that may come to be, and
waits for the last of them: jobs that end while the call goes on find it. A call that dies leaves it so, and
the reconciler asks for its notice once what there is has ended::

    batch, open ─▶ jobs ─▶ batch complete, waiting for the last that was made ─▶ notifier asked to look
                                    (that one may have ended before anybody waited for it)
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
from services.api_lambda.webhooks import Webhooks
from shared.domain.batches import Batch, BatchNotify
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job, JobStatus
from shared.domain.messages import BatchNoticeMessage
from shared.log import get_logger
from shared.ports.batch_store import BatchStore
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.object_store import PresignedUpload
from shared.ports.queue import MessageSender

ITEMS_AT_ONCE = 8
JOBS_A_READ = 100

_log = get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """An item that became a job; ``upload`` says how to send its file, if that is still to come.

    ``webhook_secret`` is that of the item's own webhook.
    """

    job: Job
    upload: PresignedUpload | None
    webhook_secret: str | None = None


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

    def __init__(
        self,
        *,
        intake: Intake,
        jobs: JobStore,
        batches: BatchStore,
        webhooks: Webhooks,
        notices: MessageSender,
        clock: Clock,
    ) -> None:
        self._intake = intake
        self._jobs = jobs
        self._batches = batches
        self._webhooks = webhooks
        self._notices = notices
        self._clock = clock

    def submit(
        self,
        caller: Caller,
        items: Sequence[TranscriptionRequest],
        new_id: NewId,
        *,
        notify: BatchNotify = BatchNotify.EACH,
    ) -> tuple[Batch, list[Outcome]]:
        """Make a job of each item that can be one. Raises ``TransientError``: then ask again, whole."""
        batch_id = new_id()
        ids = [(new_id(), new_id()) for _ in items]  # a file's, which an item may not need, and a job's
        now = self._clock.now()
        batch = Batch(
            batch_id=batch_id,
            user_id=caller.user_id,
            job_ids=tuple(job_id for _, job_id in ids),
            refused=0,
            notify=notify,
            complete=False,
            created_at=now,
            kept_until=now + timedelta(days=caller.limits.kept_days),
        )
        if notify is BatchNotify.BATCH:
            self._open(batch)
        outcomes = self._take_all(caller, items, ids, batch)
        job_ids = tuple(outcome.job.job_id for outcome in outcomes if isinstance(outcome, Taken))
        batch = batch.model_copy(
            update={"job_ids": job_ids, "refused": len(items) - len(job_ids), "complete": True}
        )
        self._batches.put(batch)
        if notify is BatchNotify.BATCH:
            self._have_told_in_the_end(batch)
        _log.info("batch taken", batch_id=batch_id, jobs=len(job_ids), refused=batch.refused)
        return batch, outcomes

    def _take_all(
        self,
        caller: Caller,
        items: Sequence[TranscriptionRequest],
        ids: Sequence[tuple[str, str]],
        batch: Batch,
    ) -> list[Outcome]:
        batch_id = batch.batch_id if batch.notify is BatchNotify.BATCH else None
        work = _Submission(self._intake, self._webhooks, caller, batch_id)
        with ThreadPoolExecutor(ITEMS_AT_ONCE, thread_name_prefix="batch") as threads:
            asked = [
                threads.submit(copy_context().run, work.take, item, file_id, job_id)
                for item, (file_id, job_id) in zip(items, ids, strict=True)
            ]
            return [future.result() for future in asked]

    def _open(self, batch: Batch) -> None:
        self._batches.put(batch)
        self._batches.open(batch, awaited=batch.job_ids[-1])

    def _have_told_in_the_end(self, batch: Batch) -> None:
        if not batch.job_ids:  # the answer of this call says all that there is to tell
            self._batches.close(batch.user_id, batch.batch_id)
            return
        self._batches.open(batch, awaited=batch.job_ids[-1])
        notice = BatchNoticeMessage(user_id=batch.user_id, batch_id=batch.batch_id, sent_at=self._clock.now())
        self._notices.send(notice.to_body())

    def list(self, user_id: str) -> tuple[Batch, ...]:
        """All that are known of a user."""
        return self._batches.list(user_id)

    def progress(self, caller: Caller, batch_id: str) -> BatchProgress:
        """How far it has come, as of a moment ago. Raises ``PermanentError(NOT_FOUND)``."""
        batch = self._batches.get(caller.user_id, batch_id) if is_id(batch_id) else None
        if batch is None:
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

    def __init__(self, intake: Intake, webhooks: Webhooks, caller: Caller, batch_id: str | None) -> None:
        self._intake = intake
        self._webhooks = webhooks
        self._caller = caller
        self._batch_id = batch_id
        self._full: PermanentError | None = None

    def take(self, item: TranscriptionRequest, file_id: str, job_id: str) -> Outcome:
        if self._full is not None:
            return self._full
        try:
            return self._take(item, file_id, job_id)
        except PermanentError as error:
            if error.fault is Fault.LIMIT_REACHED:
                self._full = error
            return error

    def _take(self, item: TranscriptionRequest, file_id: str, job_id: str) -> Taken:
        self._webhooks.check_url(item.webhook_url)
        wanted = Wanted(item.options, webhook_url=item.webhook_url, batch_id=self._batch_id)
        if item.upload is not None:
            new_id = iter((file_id, job_id)).__next__
            job, upload = self._intake.for_upload(self._caller, item.upload, wanted, new_id)
            return self._taken(job, upload)
        job = self._intake.for_file(self._caller, item.file_id or "", wanted, lambda: job_id)
        return self._taken(job, None)

    def _taken(self, job: Job, upload: PresignedUpload | None) -> Taken:
        secret = None if job.webhook_url is None else self._webhooks.secret_of_job(job.job_id)
        return Taken(job, upload, secret)
