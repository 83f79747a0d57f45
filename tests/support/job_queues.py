"""Job queues of which a test needs no more than one."""

from __future__ import annotations

from shared.domain.work_queues import WorkQueue
from shared.ports.clock import Clock
from shared.ports.queue import MessageSender
from shared.worker.job_queues import JobQueues


def all_in(queue: MessageSender, clock: Clock) -> JobQueues:
    """Jobs of all kinds in one queue."""
    return JobQueues(dict.fromkeys(WorkQueue, queue), clock)
