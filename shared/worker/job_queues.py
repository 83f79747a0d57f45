"""Where a job is asked for: the queue of its kind and of its owner's priority.

Everybody who asks a worker to do a job does it here, whether for the first time or again, so that a job and
all its chunks go the same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.jobs import Job
from shared.domain.messages import JobMessage
from shared.domain.work_queues import WorkQueue
from shared.ports.clock import Clock
from shared.ports.queue import MessageSender


class JobQueues:
    """The queues of jobs. Whoever sends jobs of one kind alone needs to name no other queue."""

    def __init__(self, senders: Mapping[WorkQueue, MessageSender], clock: Clock) -> None:
        self._senders = senders
        self._clock = clock

    def ask(self, job: Job, *, chunk: int | None = None) -> None:
        """Ask a worker to do the job, or one chunk of it. Durably accepted when this returns."""
        message = JobMessage(job_id=job.job_id, chunk=chunk, sent_at=self._clock.now())
        self._senders[job.queue].send(message.to_body())
