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
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.tracing import trace_job
from shared.worker.job_queues import JobQueues

_log = get_logger(__name__)


class JobStarter:
    """Moves jobs from PENDING into their queue."""

    def __init__(self, *, jobs: JobStore, queues: JobQueues, clock: Clock) -> None:
        self._jobs = jobs
        self._queues = queues
        self._clock = clock

    def start(self, job_id: str) -> Job | None:
        """Queue a job that may start; returns the job as it stands (None: no such job)."""
        try:
            job = self._jobs.mark_queued(job_id, now=self._clock.now())
        except TransitionRefused as refused:
            if refused.current is None or not _awaits_first_claim(refused.current):
                _log.info("not started", job_id=job_id, reason=str(refused))
                return refused.current
            job = refused.current
        trace_job(job)
        self._queues.ask(job)
        _log.info("started", job_id=job_id)
        return job


def _awaits_first_claim(job: Job) -> bool:
    return job.status is JobStatus.QUEUED and job.attempts == 0
