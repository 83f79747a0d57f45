"""Which jobs of a user are open: makes the bound on jobs at once hold, however many are asked for at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class JobSlots(Protocol):
    """A set of job ids a user.

    Nobody tells it when a job ends: who finds it full looks which of its jobs have ended, and frees those.
    """

    def take(self, user_id: str, job_id: str, *, most: int) -> None:
        """Add a job, unless ``most`` others are there. Raises ``SlotsTaken``. One conditional write."""
        ...

    def free(self, user_id: str, job_ids: Iterable[str]) -> None:
        """Remove jobs; those that are not there are no error."""
        ...


class SlotsTaken(Exception):
    """No slot is free; ``job_ids`` are what the set holds."""

    def __init__(self, job_ids: frozenset[str]) -> None:
        self.job_ids = job_ids
        super().__init__(f"{len(job_ids)} jobs are open")
