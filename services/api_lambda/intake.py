"""Takes files and jobs in: what stands when a call has been answered, and in which order it is written.

::

    upload in the same call    job PENDING ─▶ file PENDING, job waits for it ─▶ upload URL answered
    a file announced before    job PENDING ─▶ job waits for the file          (its upload is still to come)
                               job PENDING ─▶ QUEUED ─▶ JobMessage sent       (its upload is there)

A process may die between any two steps. What is left behind then is a PENDING job whose upload never
comes, or a QUEUED one without a message: the reconciler ends the one and starts the other. The caller
names what is made (``new_id``): a request that is repeated after that names the same job and finds it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import timedelta

from services.api_lambda.authentication import Caller
from services.api_lambda.job_starter import JobStarter
from services.api_lambda.open_jobs import OpenJobs
from services.api_lambda.request_models import UploadRequest
from services.api_lambda.settings import ApiLimits
from services.api_lambda.wanted import Wanted
from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.files import FileRecord, FileStatus
from shared.domain.ids import is_id
from shared.domain.jobs import Job, JobError, JobStatus, JobType
from shared.domain.object_keys import audio_key, cover_key
from shared.domain.sizes import limit_facts
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectStore, PresignedUpload
from shared.tracing import trace_job

_MEDIA_TYPE = re.compile(
    r"((audio|video)/[a-z0-9!#$&^_.+-]+|application/(ogg|octet-stream))( ?;[ -~]*[!-~])?",
    re.IGNORECASE | re.ASCII,
)
_NEGLIGIBLE = timedelta(days=1)
"""Files outlive their time by longer than this: below it a job's longer time is not worth two writes."""
_STARTUP_SECONDS = 5
"""What a job takes besides the work itself."""


NewId = Callable[[], str]


class Intake:
    """The writing half of the API."""

    def __init__(
        self,
        *,
        files: FileStore,
        jobs: JobStore,
        audio: ObjectStore,
        transcripts: ObjectStore,
        starter: JobStarter,
        open_jobs: OpenJobs,
        clock: Clock,
        metrics: Metrics,
        limits: ApiLimits,
    ) -> None:
        self._files = files
        self._jobs = jobs
        self._audio = audio
        self._transcripts = transcripts
        self._starter = starter
        self._open_jobs = open_jobs
        self._clock = clock
        self._metrics = metrics
        self._limits = limits

    def announce_file(
        self, caller: Caller, upload: UploadRequest, new_id: NewId
    ) -> tuple[FileRecord, PresignedUpload]:
        """Make room for a file; no job waits for it yet.

        Raises ``PermanentError`` (EMPTY_FILE, FILE_TOO_LARGE, UNSUPPORTED_TYPE).
        """
        file = self.new_file(caller, upload, new_id)
        self._files.create(file)
        return file, self._presign(file)

    def for_upload(
        self, caller: Caller, upload: UploadRequest, wanted: Wanted, new_id: NewId
    ) -> tuple[Job, PresignedUpload]:
        """Make a job and room for its file.

        Raises as :meth:`announce_file` does, and TIER_TOO_LOW, LIMIT_REACHED.
        """
        wanted.check_allowed(caller)
        file = self.new_file(caller, upload, new_id)
        job = self._create_job(caller, file, wanted, new_id)
        file = file.model_copy(update={"awaiting_job_ids": frozenset({job.job_id})})
        self._files.create(file)
        return job, self._presign(file)

    def for_file(self, caller: Caller, file_id: str, wanted: Wanted, new_id: NewId) -> Job:
        """Make a job for a file announced before; the job starts now or when the file arrives.

        Raises ``PermanentError`` (TIER_TOO_LOW, NOT_FOUND, FILE_UNUSABLE, UPLOAD_EXPIRED, LIMIT_REACHED).
        """
        wanted.check_allowed(caller)
        usable = self._usable_file(caller.user_id, file_id)
        job = self._create_job(caller, usable, wanted, new_id)
        if job.kept_until and usable.kept_until and job.kept_until - usable.kept_until > _NEGLIGIBLE:
            self._files.keep(usable, until=job.kept_until)
        file = self._files.await_upload(file_id, job.job_id)
        if file is not None and file.status is FileStatus.PENDING:
            return job
        if file is not None and file.status is FileStatus.UPLOADED:
            return self._starter.start(job.job_id) or job
        unusable = _unusable(FileStatus.DELETED if file is None else file.status)
        error = JobError(code=unusable.fault.code, message=str(unusable))
        self._jobs.reject(job.job_id, now=self._clock.now(), error=error)
        raise unusable

    def estimated_seconds(self, size_bytes: int, job_type: JobType) -> int:
        """Roughly how long a worker will take, by the file's size alone."""
        return _STARTUP_SECONDS + math.ceil(size_bytes / self._limits.bytes_per_second_of(job_type))

    def _usable_file(self, user_id: str, file_id: str) -> FileRecord:
        file = self._files.get(file_id) if is_id(file_id) else None
        if file is None or file.user_id != user_id:
            raise PermanentError(Fault.NOT_FOUND)
        if file.status in (FileStatus.REJECTED, FileStatus.DELETED):
            raise _unusable(file.status)
        if file.status is FileStatus.PENDING and file.upload_expires_at <= self._clock.now():
            raise PermanentError(Fault.UPLOAD_EXPIRED)
        return file

    def new_file(self, caller: Caller, upload: UploadRequest, new_id: NewId) -> FileRecord:
        """A record, not stored yet. Raises as :meth:`announce_file` does."""
        self._check(caller, upload)
        now = self._clock.now()
        file_id = new_id()
        return FileRecord(
            file_id=file_id,
            user_id=caller.user_id,
            filename=upload.filename,
            content_type=upload.content_type,
            size_bytes=upload.size,
            key=audio_key(caller.user_id, file_id, upload.filename),
            created_at=now,
            upload_expires_at=now + timedelta(seconds=self._limits.upload_expires_seconds),
            kept_until=now + timedelta(days=caller.limits.kept_days),
        )

    def _check(self, caller: Caller, upload: UploadRequest) -> None:
        if not _MEDIA_TYPE.fullmatch(upload.content_type):
            raise PermanentError(Fault.UNSUPPORTED_TYPE, content_type=upload.content_type)
        if upload.size == 0:
            raise PermanentError(Fault.EMPTY_FILE)
        most = min(self._limits.max_file_bytes, caller.limits.file_bytes)
        if upload.size > most:
            raise PermanentError(Fault.FILE_TOO_LARGE, **limit_facts(most))

    def _create_job(self, caller: Caller, file: FileRecord, wanted: Wanted, new_id: NewId) -> Job:
        job_id = new_id()
        self._open_jobs.admit(caller, job_id)
        job = wanted.job_for(caller, file, job_id, self._clock.now())
        trace_job(job)
        if wanted.cover is not None:
            image, content_type = wanted.cover
            self._transcripts.write(cover_key(job.user_id, job_id), image, content_type=content_type)
        try:
            self._jobs.create(job)
        except TransitionRefused as refused:  # an earlier try at this request made it
            if refused.current is None or refused.current.user_id != job.user_id:
                raise PermanentError(Fault.NOT_FOUND) from refused
            if refused.current.status is JobStatus.EXPIRED:  # that try died, long ago
                raise PermanentError(Fault.UPLOAD_EXPIRED) from refused
            return refused.current
        self._metrics.record({Metric.JOBS_CREATED: 1})
        return job

    def _presign(self, file: FileRecord) -> PresignedUpload:
        return self._audio.presign_upload(
            file.key,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            now=file.created_at,
            expires_seconds=self._limits.upload_expires_seconds,
        )


def _unusable(status: FileStatus) -> PermanentError:
    return PermanentError(Fault.FILE_UNUSABLE, status=status.lower())
