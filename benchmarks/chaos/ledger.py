"""What was done to the platform: the side of the books that the audit compares with what it finds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from benchmarks.chaos.plan import PlannedJob


@dataclass(frozen=True)
class Submitted:
    """A job that the API took, with its file in storage since ``sent_at``."""

    job_id: str
    planned: PlannedJob
    sent_at: datetime


@dataclass(frozen=True)
class Crash:
    """A process that was killed."""

    target: str
    at: datetime


class Ledger:
    """Written by many threads while the storm goes on; read when it is over."""

    def __init__(self) -> None:
        self.submitted: list[Submitted] = []
        self.crashes: list[Crash] = []
        self.copies = 0
        self.cancels_asked = 0
        self.refused: list[str] = []
        self.outage: tuple[datetime, datetime] | None = None
        self._lock = threading.Lock()

    def note_submitted(self, submitted: Submitted) -> None:
        """A job was taken."""
        with self._lock:
            self.submitted.append(submitted)

    def note_refused(self, reason: str) -> None:
        """A user gave up: nothing was promised to them."""
        with self._lock:
            self.refused.append(reason)

    def note_copy(self) -> None:
        """A message was sent once more."""
        with self._lock:
            self.copies += 1

    def note_cancel(self) -> None:
        """A cancel was answered, with yes or with no."""
        with self._lock:
            self.cancels_asked += 1

    def note_crash(self, crash: Crash) -> None:
        """A process was killed."""
        with self._lock:
            self.crashes.append(crash)

    @property
    def settled(self) -> int:
        """Submissions that came to an answer."""
        with self._lock:
            return len(self.submitted) + len(self.refused)
