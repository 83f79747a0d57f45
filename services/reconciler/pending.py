"""PENDING jobs: uploads whose news got lost, uploads that never came, and calls that died half-way.

::

    file PENDING   object there    ─▶ touched ─▶ upload announced again: the router does the rest
                   none, too late  ─▶ EXPIRED
                   none, in time   ─▶ left alone, and sure to be among those that wait for the file
    file UPLOADED                  ─▶ QUEUED ─▶ JobMessage (the router died between file and job)
    file REJECTED, DELETED         ─▶ touched ─▶ notice accepted ─▶ FAILED with the file's reason
    no file         too late       ─▶ EXPIRED: the call that made the job died, nobody was given a URL
                    in time        ─▶ left alone: the call may only be slow, or be sent again with its key

Dead letters of the uploads queue are left to operators: what they announced is found here. A run that
dies between QUEUED and its message leaves a QUEUED job without one, which the next sweep looks after.
"""

from __future__ import annotations

from datetime import timedelta

from services.reconciler.doors import Doors
from services.reconciler.walk import Walk, attend_to_each
from shared.domain.faults import Fault
from shared.domain.files import FileRecord, FileStatus
from shared.domain.jobs import Job, JobError, JobStatus
from shared.domain.messages import NoticeKind
from shared.log import get_logger
from shared.metrics import Metric
from shared.ports.object_store import ObjectMissing

_log = get_logger(__name__)


class PendingSweep:
    """Looks at PENDING jobs older than the grace of their event: one or two reads each."""

    def __init__(self, doors: Doors) -> None:
        self._walk = Walk(doors, most_jobs=doors.limits.most_jobs_a_sweep)
        self._jobs = doors.jobs
        self._files = doors.files
        self._audio = doors.audio
        self._outbox = doors.outbox
        self._clock = doors.clock
        self._metrics = doors.metrics
        self._event_grace = timedelta(seconds=doors.limits.event_grace_seconds)
        self._upload_grace = timedelta(seconds=doors.limits.upload_grace_seconds)

    def __call__(self) -> None:
        """One run."""
        long_ago = self._clock.now() - self._event_grace
        for page in self._walk.pages("pending", JobStatus.PENDING, created_until=long_ago):
            attend_to_each((job for job in page if job.updated_at <= long_ago), self._attend)

    def _attend(self, job: Job) -> None:
        file = self._file_of(job)
        if file is None:
            if self._clock.now() > job.created_at + self._upload_grace:
                self._expire(job, "it has no file")
        elif file.status is FileStatus.PENDING:
            self._look_for_upload(job, file)
        elif file.status is FileStatus.UPLOADED:
            self._start(job)
        else:
            self._fail(job, file.error or JobError.of(Fault.FILE_MISSING))

    def _file_of(self, job: Job) -> FileRecord | None:
        """The job's file, which knows from now on that the job waits for it."""
        file = self._files.get(job.file.file_id)
        if file is None or file.status is not FileStatus.PENDING or job.job_id in file.awaiting_job_ids:
            return file
        return self._files.await_upload(file.file_id, job.job_id)

    def _look_for_upload(self, job: Job, file: FileRecord) -> None:
        try:
            self._audio.stat(file.key)
        except ObjectMissing:
            if self._clock.now() > file.upload_expires_at + self._upload_grace:
                self._expire(job, "its upload never came")
            return
        self._touch(job)
        self._outbox.announce_upload(file.key)
        self._note_resumed("its upload is announced again")

    def _start(self, job: Job) -> None:
        self._jobs.mark_queued(job.job_id, now=self._clock.now())
        self._outbox.ask_for_work(job)
        self._note_resumed("its file was there already")

    def _fail(self, job: Job, error: JobError) -> None:
        self._touch(job)
        self._outbox.ask_for_notice(job.job_id, NoticeKind.FAILED)
        self._jobs.reject(job.job_id, now=self._clock.now(), error=error)
        self._metrics.record({Metric.JOBS_FAILED: 1})
        _log.info("failed", code=error.code)

    def _touch(self, job: Job) -> None:
        """Let one of two runs act on the job, and the next not before what was sent had its time."""
        now = self._clock.now()
        self._jobs.touch_stalled(job.job_id, now=now, unchanged_since=now - self._event_grace)

    def _expire(self, job: Job, reason: str) -> None:
        self._jobs.expire(job.job_id, now=self._clock.now())
        self._metrics.record({Metric.JOBS_EXPIRED: 1})
        _log.info("expired", reason=reason)

    def _note_resumed(self, reason: str) -> None:
        self._metrics.record({Metric.JOBS_RESUMED: 1})
        _log.warning("resumed", reason=reason)
