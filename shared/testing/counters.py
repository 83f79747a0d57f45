"""Counts in memory."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime

from shared.ports.counters import LimitReached


class InMemoryCounters:
    """``Counters``. Forgets nothing; counts its own calls."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.writes = 0

    def take(self, name: str, amount: int, *, most: int, expires_at: datetime) -> int:  # noqa: ARG002
        """Count more."""
        with self._lock:
            self.writes += 1
            if self._counts[name] + amount > most:
                raise LimitReached(self._counts[name])
            self._counts[name] += amount
            return self._counts[name]

    def get(self, name: str) -> int:
        """The count."""
        with self._lock:
            return self._counts[name]
