"""Counts that must never pass a limit, however many count at once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Counters(Protocol):
    """``RATE#`` records: one number each, forgotten after a while."""

    def take(self, name: str, amount: int, *, most: int, expires_at: datetime) -> int:
        """Count ``amount`` more, if that does not pass ``most``; returns the count after it.

        Raises ``LimitReached``. One conditional write: of many at once, those are granted that fit.
        """
        ...

    def get(self, name: str) -> int:
        """The count as of a moment ago; 0 for a name that nobody counted under."""
        ...


class LimitReached(Exception):
    """The count may not rise by as much. ``count`` is where it stands."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"the count stands at {count}")
