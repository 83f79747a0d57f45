"""Sums how long a stage of the work took, over all its turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from shared.ports.clock import Clock
from shared.ports.tracing import StageTime

Item = TypeVar("Item")


class Stopwatch:
    """Runs while a ``with watch.running()`` block does, or while :meth:`each` waits for its source."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at: float | None = None
        self._ended_at = 0.0
        self.elapsed_ms = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of this block, whether it ends well or not."""
        started = self._clock.monotonic()
        if self._began_at is None:
            self._began_at = self._clock.now().timestamp()
        try:
            yield
        finally:
            self.elapsed_ms += (self._clock.monotonic() - started) * 1000
            self._ended_at = self._clock.now().timestamp()

    def stage(self, name: str) -> StageTime | None:
        """All turns as one stage of a trace; None if it never ran."""
        if self._began_at is None:
            return None
        return StageTime(name, self._began_at, max(self._began_at, self._ended_at), self.elapsed_ms)

    def each(self, source: Iterable[Item]) -> Iterator[Item]:
        """The items of ``source``; counts the time it takes to make them, not what is done with them."""
        items = iter(source)
        while True:
            with self.running():
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item
