"""Wakes a job that waits for another which it made."""

from __future__ import annotations

from shared.log import get_logger
from shared.ports.job_store import JobStore
from shared.worker.job_queues import JobQueues

_log = get_logger(__name__)


class Waker:
    """Sends the waiting job's message again: its worker looks by itself what has become of the other.

    Also where it has ended meanwhile: then its worker removes what the other made too late.
    """

    def __init__(self, jobs: JobStore, queues: JobQueues) -> None:
        self._jobs = jobs
        self._queues = queues

    def __call__(self, job_id: str) -> None:
        """Wake it; a job that was deleted has nothing to wake for. Raises ``TransientError``."""
        job = self._jobs.get(job_id)
        if job is None:
            _log.info("the job that waited was deleted", parent_id=job_id)
            return
        self._queues.ask(job)
        _log.info("woken", parent_id=job_id)
