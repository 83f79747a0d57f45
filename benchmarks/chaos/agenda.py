"""What is due when; entries may be added by any thread while the storm goes on."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Agenda:
    """Actions ordered by their time, in seconds from the storm's beginning."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self._lock = threading.Lock()

    def add(self, at_seconds: float, action: Action) -> None:
        """Note an action; one whose time has passed is due at once."""
        with self._lock:
            heapq.heappush(self._entries, (at_seconds, next(self._numbers), action))

    def take_due(self, now_seconds: float) -> list[Action]:
        """The actions whose time has come, oldest first; they are off the agenda then."""
        due: list[Action] = []
        with self._lock:
            while self._entries and self._entries[0][0] <= now_seconds:
                due.append(heapq.heappop(self._entries)[2])
        return due

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
