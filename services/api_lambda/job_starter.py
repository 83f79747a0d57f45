"""Sets a job going once its audio is there: for the router, and for the API when it was there before.

::

    PENDING ──▶ QUEUED ──▶ JobMessage sent
                   │
                   └─ died here: the next event for the file, or the reconciler, sends it

A message sent twice is harmless, because claims drop the second; a message never sent is not. So a job
that is QUEUED and that no worker has claimed gets its message again.
"""

from __future__ import annotations

from shared.domain.errors import TransitionRefused
from shared.domain.jobs import Job, JobStatus
from shared.domain.messages import JobMessage
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.queue import MessageSender
from shared.tracing import trace_job

_log = get_logger(__name__)


class JobStarter:
    """Moves jobs from PENDING into their queue."""

    def __init__(self, *, jobs: JobStore, queue: MessageSender, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    def start(self, job_id: str) -> Job | None:
        """Queue a job that may start; returns the job as it stands (None: no such job)."""
        now = self._clock.now()
        job: Job | None
        try:
            job = self._jobs.mark_queued(job_id, now=now)
        except TransitionRefused as refused:
            if not _awaits_first_claim(refused.current):
                _log.info("not started", job_id=job_id, reason=str(refused))
                return refused.current
            job = refused.current
        if job is not None:
            trace_job(job)
        self._queue.send(JobMessage(job_id=job_id, sent_at=now).to_body())
        _log.info("started", job_id=job_id)
        return job


def _awaits_first_claim(job: Job | None) -> bool:
    return job is not None and job.status is JobStatus.QUEUED and job.attempts == 0
