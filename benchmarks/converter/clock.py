"""How long work takes, by the clock and by the processor, that of its programs included."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Took:
    """Seconds."""

    wall: float
    processor: float


@dataclass(frozen=True)
class Beside:
    """Ours and a peer's, one a round, in turns: what slows the machine for a while slows both."""

    ours: Sequence[Took]
    theirs: Sequence[Took]

    @property
    def ratio(self) -> float:
        """How many times as fast we are by the clock: the median of the rounds."""
        return _median(their.wall / our.wall for our, their in zip(self.ours, self.theirs, strict=True))

    @property
    def thrift(self) -> float:
        """The same by processor time, which shows little of what else runs on the machine."""
        return _median(
            their.processor / our.processor for our, their in zip(self.ours, self.theirs, strict=True)
        )


def beside(ours: Work, theirs: Work, rounds: int) -> Beside:
    """Both do the same work once a round; who begins changes."""
    found: list[tuple[Took, Took]] = []
    for number in range(rounds):
        if number % 2:
            their = took(theirs)
            found.append((took(ours), their))
        else:
            our = took(ours)
            found.append((our, took(theirs)))
    return Beside([our for our, _ in found], [their for _, their in found])


def took(work: Work) -> Took:
    """Once."""
    wall, processor = time.perf_counter(), _processor()
    work()
    return Took(time.perf_counter() - wall, _processor() - processor)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
