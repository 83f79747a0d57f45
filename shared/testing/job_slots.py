"""Open jobs in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from shared.ports.job_slots import SlotsTaken


class InMemoryJobSlots:
    """``JobSlots``."""

    def __init__(self) -> None:
        self._open: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def take(self, user_id: str, job_id: str, *, most: int) -> None:
        """Add a job."""
        with self._lock:
            jobs = self._open[user_id]
            if job_id not in jobs and len(jobs) >= most:
                raise SlotsTaken(frozenset(jobs))
            jobs.add(job_id)

    def free(self, user_id: str, job_ids: Iterable[str]) -> None:
        """Remove jobs."""
        with self._lock:
            self._open[user_id] -= set(job_ids)
