"""The transcription that a podcast asks for: a job of its own on the transcription queue.

::

    child's record QUEUED ─▶ its message accepted ─▶ workflow parked ··· child ends ─▶ workflow's message

Its id follows from the workflow's, so whoever comes here after a crash finds the same job. While it is QUEUED
and no try has failed its message may have been lost, and each that looks sends it again: a copy does no harm.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus, JobType, TranscriptionOptions
from shared.domain.object_keys import transcript_keys
from shared.domain.workflows import transcript_job_id
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectStore
from shared.worker.job_queues import JobQueues

_log = get_logger(__name__)


class TranscriptJobs:
    """Makes, finds and ends the transcriptions of workflows."""

    def __init__(self, *, jobs: JobStore, queues: JobQueues, transcripts: ObjectStore, clock: Clock) -> None:
        self._jobs = jobs
        self._queues = queues
        self._transcripts = transcripts
        self._clock = clock

    def transcript_for(self, parent: Job, language: str) -> Job:
        """The transcription as it stands, made and asked for where it was not.

        Raises ``PermanentError(TRANSCRIPT_UNAVAILABLE)`` where it ended without a transcript.
        """
        child = self._made_or_found(self._child_of(parent, language))
        match child.status:
            case JobStatus.QUEUED if child.failures == 0:  # else it waits for its next try
                self._queues.ask(child)
            case JobStatus.FAILED:
                child = self._replayed(parent, child)
            case JobStatus.CANCELLED | JobStatus.EXPIRED:
                raise PermanentError(Fault.TRANSCRIPT_UNAVAILABLE, reason=f"it was {child.status.lower()}")
        return child

    def has_ended(self, child: Job) -> bool:
        """Whether it has by now, in whatever way."""
        current = self._jobs.get(child.job_id)
        return current is None or current.status.is_final

    def end(self, user_id: str, parent_id: str) -> None:
        """Remove the transcription of a workflow that is gone, and what it made: its worker then stops."""
        child_id = transcript_job_id(parent_id)
        if self._jobs.get(child_id) is None:
            return
        with suppress(TransitionRefused):  # it has ended
            self._jobs.cancel(child_id, now=self._clock.now())
        for key in transcript_keys(user_id, child_id):
            self._transcripts.delete(key)
        with suppress(TransitionRefused):  # somebody else was faster
            self._jobs.delete(child_id, now=self._clock.now())

    def _made_or_found(self, wanted: Job) -> Job:
        try:
            self._jobs.create(wanted)
        except TransitionRefused as refused:
            return self._standing(refused)
        _log.info("transcription asked for", child_id=wanted.job_id)
        return wanted

    @staticmethod
    def _standing(refused: TransitionRefused) -> Job:
        if refused.current is None:
            raise PermanentError(Fault.TRANSCRIPT_UNAVAILABLE, reason="it was deleted") from refused
        return refused.current

    def _replayed(self, parent: Job, child: Job) -> Job:
        """An operator who replays a workflow means its transcription too."""
        if child.redrives >= parent.redrives:
            reason = child.error.message.rstrip(".") if child.error else "it failed"
            raise PermanentError(Fault.TRANSCRIPT_UNAVAILABLE, reason=reason)
        try:
            replayed = self._jobs.replay(child.job_id, now=self._clock.now())
        except TransitionRefused as refused:  # an operator replayed it as well
            return self._standing(refused)
        self._queues.ask(replayed)
        return replayed

    def _child_of(self, parent: Job, language: str) -> Job:
        now = self._clock.now()
        return Job(
            job_id=transcript_job_id(parent.job_id),
            parent_id=parent.job_id,
            user_id=parent.user_id,
            type=JobType.TRANSCRIPTION,
            priority=parent.priority,
            status=JobStatus.QUEUED,
            options=TranscriptionOptions(language=language),
            file=parent.file,
            audio_minutes=parent.audio_minutes,
            kept_until=parent.kept_until,
            trace=parent.trace,
            created_at=now,
            updated_at=now,
            queued_at=now,
        )
