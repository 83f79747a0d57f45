"""Deletes a job with everything that was given and made for it.

::

    CANCELLED, if it has not ended ─▶ file DELETED ─▶ audio ─▶ clips ─▶ outputs ─▶ chunks, steps ─▶ job

Outputs are whatever was stored for the job: transcripts, parts of them, what the audio toolbox made and what
it was given. Clips go with the file that they were cut from. Every step can be repeated and the job goes
last, so a call that died half-way is repaired by the next. The file's record goes before its audio: an upload
that lands later finds it DELETED, and the router removes what came. Outputs that a worker stores later are
removed by that worker, whose lease is gone.
"""

from __future__ import annotations

from shared.domain.errors import TransientError, TransitionRefused
from shared.domain.jobs import Job
from shared.domain.object_keys import clips_prefix, job_prefix
from shared.domain.workflows import transcript_job_id
from shared.log import get_logger
from shared.ports.chunk_store import ChunkStore
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectStore
from shared.ports.part_uploads import PartUploads
from shared.ports.step_store import StepStore

_log = get_logger(__name__)


class Deletion:
    """Called by an owner (``DELETE /v1/jobs/{jobId}?purge=true``), or when a tier keeps a job no longer."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        chunks: ChunkStore,
        steps: StepStore,
        files: FileStore,
        audio: ObjectStore,
        parts: PartUploads,
        transcripts: ObjectStore,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._chunks = chunks
        self._steps = steps
        self._files = files
        self._audio = audio
        self._parts = parts
        self._transcripts = transcripts
        self._clock = clock

    def __call__(self, job: Job) -> None:
        """Delete it. Raises ``TransientError`` where something stands in the way: call again."""
        self._end(job)
        if job.type.is_workflow:
            self._delete_transcription(job)
        self.of_file(job.file.file_id, job.file.key)
        self._transcripts.delete_all(job_prefix(job.user_id, job.job_id))
        self._chunks.delete_all(job.job_id)
        self._steps.delete_all(job.job_id)
        self._forget(job)
        _log.info("deleted", job_id=job.job_id, file_id=job.file.file_id)

    def _delete_transcription(self, workflow: Job) -> None:
        """Of a job that has ended no worker makes one any more, or it removes what it made."""
        transcription = self._jobs.get(transcript_job_id(workflow.job_id))
        if transcription is not None:
            self(transcription)

    def of_file(self, file_id: str, key: str) -> None:
        """Delete a file with all that was cut from it; what its jobs made stays."""
        file = self._files.mark_deleted(file_id, now=self._clock.now())
        if file is not None and file.upload_id is not None:
            self._parts.abort(file.key, file.upload_id)
        self._audio.delete(key)
        self._transcripts.delete_all(clips_prefix(file_id))

    def _end(self, job: Job) -> None:
        try:
            self._jobs.cancel(job.job_id, now=self._clock.now())
        except TransitionRefused as refused:
            _log.info("not cancelled", job_id=job.job_id, reason=str(refused))

    def _forget(self, job: Job) -> None:
        try:
            self._jobs.delete(job.job_id, now=self._clock.now())
        except TransitionRefused as refused:
            if refused.current is not None:
                # An operator replayed it in between: the next call cancels it.
                raise TransientError(str(refused)) from refused
