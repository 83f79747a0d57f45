"""Clips on demand: a short stretch of a file, made when somebody first asks for it.

::

    in storage ──────────▶ its URL
    else: the clip's job ─┬─ none, or spent ──────────────▶ made, message sent ─┐
                          ├─ QUEUED, and nobody took it ──▶ message sent again ─┤
                          ├─ going on ──────────────────────────────────────────┼─▶ waited for ─┬─▶ its URL
                          └─ FAILED by the file's fault ──▶ that fault          │               └─▶ 504
                                                                                ▼
                                                       whoever asks meanwhile finds the same job

The id of the job is derived from the file, the stretch, and the number of its jobs that are spent. So all who
ask for a clip mean the same record, and the one that makes it is told by the table: its creation is one
conditional write. There is no lock, hence nobody who could die holding one. A job is spent once it is older
than a day, was cancelled, failed through no fault of the file, or once what it made is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi.concurrency import run_in_threadpool

from services.api_lambda.authentication import Caller
from services.api_lambda.told_faults import ToldFault, fault_of
from services.api_lambda.waiting import JobWaiter, Pauses
from shared.domain.audio_operations import ClipOptions
from shared.domain.errors import EscribaError, PermanentError, TransientError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.filenames import output_filename
from shared.domain.files import FileRecord, FileStatus
from shared.domain.ids import derived_id, is_id
from shared.domain.jobs import QUIET_KEPT, Job, JobFile, JobStatus, JobType
from shared.domain.object_keys import clip_key
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectMissing, ObjectStore
from shared.tracing import current_span, trace_job
from shared.worker.job_queues import JobQueues

PAUSES = Pauses(first_seconds=0.05, growth=1.25, longest_seconds=0.5)
"""Between two looks at a job that a caller waits for: a clip is found a quarter later than it is there."""

RETRY_AFTER_SECONDS = 5
MOST_JOBS_A_DAY = 5
"""For one clip: so many failures of ours, each with its retries, and nobody tries any more that day."""

_NOBODY_TOOK_IT = timedelta(seconds=10)

_log = get_logger(__name__)


@dataclass(frozen=True)
class FoundClip:
    """Where a clip lies, and how it came to be there; ``generation_ms`` is 0 for one that was there."""

    url: str
    expires_at: datetime
    cache_hit: bool
    generation_ms: int


class Clips:
    """Finds clips or has them made. ``url_seconds`` is how long a URL lives."""

    def __init__(
        self,
        *,
        files: FileStore,
        jobs: JobStore,
        transcripts: ObjectStore,
        queues: JobQueues,
        waiter: JobWaiter,
        clock: Clock,
        metrics: Metrics,
        url_seconds: int,
    ) -> None:
        self._files = files
        self._jobs = jobs
        self._transcripts = transcripts
        self._queues = queues
        self._waiter = waiter
        self._clock = clock
        self._metrics = metrics
        self._url_seconds = url_seconds

    async def clip(self, file: FileRecord, options: ClipOptions, count: Callable[[], None]) -> FoundClip:
        """The clip; waits for one that is not there yet. ``count`` counts a call that has one made.

        Raises ``PermanentError``: CLIP_TIMED_OUT, what ``count`` raises, what is wrong with file or stretch.
        Raises ``TransientError`` where it can't be made now.
        """
        started = self._clock.monotonic()
        job = await run_in_threadpool(self._job_for, file, options, count)
        if job is None:
            return self._found(file, options, cache_hit=True, generation_ms=0)
        job = await self._waiter.until_final(job)
        if job.status is not JobStatus.COMPLETED:
            raise _why_not(job)
        generation_ms = round((self._clock.monotonic() - started) * 1000)
        return self._found(file, options, cache_hit=False, generation_ms=generation_ms)

    def file_of(self, caller: Caller, file_id: str, *, transcribed: bool) -> FileRecord:
        """The caller's file, if it can be cut from; ``transcribed``: only if there is a transcript of it.

        Raises ``PermanentError``: NOT_FOUND, FILE_UNUSABLE, UPLOAD_EXPIRED, NO_TRANSCRIPT, or what a rejected
        file was rejected for.
        """
        file = self._files.get(file_id) if is_id(file_id) else None
        if file is None or file.user_id != caller.user_id or file.status is FileStatus.DELETED:
            raise PermanentError(Fault.NOT_FOUND)
        fault = fault_of(file.error)
        if file.error is not None and fault is not None:
            raise ToldFault(fault, file.error.message)
        if file.status is FileStatus.PENDING and file.upload_expires_at <= self._clock.now():
            raise PermanentError(Fault.UPLOAD_EXPIRED)
        if file.status is not FileStatus.UPLOADED:
            raise PermanentError(Fault.FILE_UNUSABLE, status=file.status.lower())
        if transcribed and file.transcribed_at is None:
            raise PermanentError(Fault.NO_TRANSCRIPT)
        return file

    def _job_for(self, file: FileRecord, options: ClipOptions, count: Callable[[], None]) -> Job | None:
        """The job that makes the clip; None where it is there."""
        if self._is_stored(file, options):
            return None
        for number in range(MOST_JOBS_A_DAY):
            job_id = clip_job_id(file.file_id, options, number)
            job = self._jobs.get(job_id)
            if job is None:
                count()
                job = self._make(job_id, file, options)
            if job is not None and not self._is_spent(job, file, options):
                return self._asked_again_if_lost(job)
        raise TransientError(f"clip {options.start_time_ms} of {file.file_id}: its jobs of today failed")

    def _make(self, job_id: str, file: FileRecord, options: ClipOptions) -> Job | None:
        """The job under this id, made now unless somebody else did; None where it was deleted.

        It starts as QUEUED, one write sooner than by way of PENDING: its file is there.
        """
        now = self._clock.now()
        job = Job(
            job_id=job_id,
            user_id=file.user_id,
            type=JobType.CLIP,
            priority=True,  # whoever owns it: somebody waits for the answer, and it is short
            status=JobStatus.QUEUED,
            operation=options,
            file=JobFile(
                file_id=file.file_id,
                filename="",  # what the owner typed stands in no record that no list shows
                content_type=file.content_type,
                size_bytes=file.size_bytes,
                key=file.key,
            ),
            quiet=True,
            trace=current_span().header,
            created_at=now,
            updated_at=now,
            queued_at=now,
        )
        try:
            self._jobs.create(job)
        except TransitionRefused as refused:
            return refused.current
        trace_job(job)
        self._queues.ask(job)
        self._metrics.record({Metric.JOBS_CREATED: 1})
        return job

    def _is_spent(self, job: Job, file: FileRecord, options: ClipOptions) -> bool:
        if job.created_at + QUIET_KEPT <= self._clock.now():
            return True
        match job.status:
            case JobStatus.COMPLETED:
                return not self._is_stored(file, options)
            case JobStatus.FAILED:
                fault = fault_of(job.error)
                return fault is None or fault.is_ours
            case _:
                return job.status.is_final

    def _asked_again_if_lost(self, job: Job) -> Job:
        """Whoever made it may have died before its message was sent.

        One that failed before rests for its back-off, however often it is asked for.
        """
        now = self._clock.now()
        is_new = job.status is JobStatus.QUEUED and job.attempts == 0
        if not is_new or job.updated_at > now - _NOBODY_TOOK_IT:
            return job
        try:
            job = self._jobs.touch_stalled(job.job_id, now=now, unchanged_since=now - _NOBODY_TOOK_IT)
        except TransitionRefused as refused:  # somebody else asked again, or took it
            return refused.current or job
        self._queues.ask(job)
        _log.info("asked again", job_id=job.job_id)
        return job

    def _is_stored(self, file: FileRecord, options: ClipOptions) -> bool:
        try:
            self._transcripts.stat(_key(file, options))
        except ObjectMissing:
            return False
        return True

    def _found(
        self, file: FileRecord, options: ClipOptions, *, cache_hit: bool, generation_ms: int
    ) -> FoundClip:
        url = self._transcripts.presign_download(
            _key(file, options),
            filename=output_filename(file.filename, "mp3", nameless="clip"),
            expires_seconds=self._url_seconds,
            inline=True,
        )
        expires_at = self._clock.now() + timedelta(seconds=self._url_seconds)
        return FoundClip(url, expires_at, cache_hit, generation_ms)


def clip_job_id(file_id: str, options: ClipOptions, number: int) -> str:
    """The id of the job that makes a clip after ``number`` jobs for it are spent."""
    return derived_id(file_id, f"clip/{options.start_time_ms}-{options.end_time_ms}/{number}")


def _key(file: FileRecord, options: ClipOptions) -> str:
    return clip_key(file.file_id, options.start_time_ms, options.end_time_ms)


def _why_not(job: Job) -> EscribaError:
    if not job.status.is_final:
        return PermanentError(Fault.CLIP_TIMED_OUT, retry_after_seconds=RETRY_AFTER_SECONDS)
    fault = fault_of(job.error)
    if job.error is None or fault is None:
        return TransientError(f"job {job.job_id} of a clip is {job.status.value}")
    return ToldFault(fault, job.error.message)
