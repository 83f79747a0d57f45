"""Takes the news that a file has arrived, looks at it, and sets the jobs going that wait for it.

::

                            ┌─ UPLOADED ─▶ each waiting job: QUEUED, JobMessage sent
    event ─▶ file PENDING ──┤
                            └─ REJECTED ─▶ each waiting job: notice accepted, FAILED with the reason
    event ─▶ file DELETED: its owner deleted it before the upload landed ─▶ object removed

Events come twice, late and out of order, and the process may die between any two steps: an event for a
file that is already UPLOADED or REJECTED does the second half again, where every step can be repeated.
Junk is logged and dropped; only what may succeed later is handed back to the queue.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog

from services.api_lambda.first_bytes import what_it_is_instead
from services.api_lambda.job_starter import JobStarter
from services.api_lambda.upload_events import UnreadableEvent, uploaded_keys
from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.files import FileRecord, FileStatus
from shared.domain.ids import is_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.domain.object_keys import file_id_of
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectMissing, ObjectStat, ObjectStore
from shared.ports.queue import MessageSender
from shared.ports.tracing import Tracer
from shared.tracing import UNTRACED, in_span, trace_job

_log = get_logger(__name__)


class Router:
    """Handles Lambda's SQS events whose messages are S3 notifications."""

    def __init__(
        self,
        *,
        files: FileStore,
        jobs: JobStore,
        audio: ObjectStore,
        starter: JobStarter,
        notices: MessageSender,
        clock: Clock,
        metrics: Metrics,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._files = files
        self._jobs = jobs
        self._audio = audio
        self._starter = starter
        self._notices = notices
        self._clock = clock
        self._metrics = metrics
        self._tracer = tracer

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Handle a batch; the answer names the messages that shall come again.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        failed = [record["messageId"] for record in event["Records"] if not self._handled(record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _handled(self, record: dict[str, Any]) -> bool:
        with structlog.contextvars.bound_contextvars(message_id=record["messageId"]):
            try:
                for key in uploaded_keys(record["body"]):
                    self._route(key)
            except UnreadableEvent as error:
                _log.warning("not an upload event: dropped", reason=str(error))
                self._metrics.record({Metric.EVENTS_DROPPED: 1})
            except Exception:
                # One message must not fail its batch; the queue counts how often it comes back.
                _log.exception("upload event failed")
                return False
        return True

    def _route(self, key: str) -> None:
        file_id = file_id_of(key)
        file = self._files.get(file_id) if file_id is not None and is_id(file_id) else None
        if file is None or file.key != key:
            _log.warning("an object that nobody announced", key=key)
            return
        with structlog.contextvars.bound_contextvars(file_id=file.file_id):
            settled = self._settle(file) if file.status is FileStatus.PENDING else file
            if settled is None:
                return
            if settled.status is FileStatus.DELETED:
                _log.info("uploaded after its owner deleted it: removed")
                self._audio.delete(settled.key)
            self._move_jobs(settled)

    def _settle(self, file: FileRecord) -> FileRecord | None:
        """Accept or reject a file; the record as it stands then (None: it is gone)."""
        now = self._clock.now()
        try:
            stat = self._audio.stat(file.key)
            self._check(file, stat)
        except ObjectMissing:
            _log.warning("the object is gone again")
            return None
        except PermanentError as error:
            _log.info("rejected", code=error.fault.code, sentence=str(error))
            self._metrics.record({Metric.UPLOADS_REJECTED: 1})
            reason = JobError(code=error.fault.code, message=str(error))
            return self._files.reject(file.file_id, error=reason, now=now)
        return self._files.mark_uploaded(file.file_id, etag=stat.etag, now=now)

    def _check(self, file: FileRecord, stat: ObjectStat) -> None:
        if stat.size_bytes == 0:
            raise PermanentError(Fault.EMPTY_FILE)
        if stat.size_bytes != file.size_bytes:
            raise PermanentError(
                Fault.SIZE_MISMATCH, actual_bytes=stat.size_bytes, declared_bytes=file.size_bytes
            )
        found = what_it_is_instead(partial(self._audio.read_range, file.key))
        if found is not None:
            raise PermanentError(Fault.NOT_MEDIA, found=found)

    def _move_jobs(self, file: FileRecord) -> None:
        for job_id in sorted(file.awaiting_job_ids):
            with in_span(self._tracer):  # it joins the job's trace: storage's event carries none
                self._move(job_id, file)

    def _move(self, job_id: str, file: FileRecord) -> None:
        if file.status is FileStatus.UPLOADED:
            self._starter.start(job_id)
        elif file.status is FileStatus.REJECTED and file.error is not None:
            self._fail(job_id, file.error)

    def _fail(self, job_id: str, error: JobError) -> None:
        """End a waiting job. The notice goes first: of a job that is FAILED nobody sends one again."""
        job = self._jobs.get(job_id)
        if job is None or job.status not in (JobStatus.PENDING, JobStatus.QUEUED):
            return
        trace_job(job)
        now = self._clock.now()
        notice = NoticeMessage(job_id=job_id, kind=NoticeKind.FAILED, sent_at=now)
        self._notices.send(notice.to_body())
        try:
            self._jobs.reject(job_id, now=now, error=error)
        except TransitionRefused as refused:
            _log.info("not failed", job_id=job_id, reason=str(refused))
            return
        self._metrics.record({Metric.JOBS_FAILED: 1})
