"""Sums how long a stage of the work took, over all its turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from shared.ports.clock import Clock

Item = TypeVar("Item")


class Stopwatch:
    """Runs while a ``with watch.running()`` block does, or while :meth:`each` waits for its source."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.elapsed_ms = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of this block, whether it ends well or not."""
        started = self._clock.monotonic()
        try:
            yield
        finally:
            self.elapsed_ms += (self._clock.monotonic() - started) * 1000

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
