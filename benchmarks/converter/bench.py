"""One run of ``make bench-converter``: what its parts share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.converter.clock import Work, beside
from benchmarks.converter.material import Material
from local.report import Measurement, at_least

SHORT_WORK_ROUNDS = 5
"""Of work that takes less than a second."""


@dataclass(frozen=True)
class Bench:
    """``tell`` prints a line at once, the table comes at the end."""

    material: Material
    rounds: int
    tell: Callable[[str], None]

    def compare(
        self, what: str, peer: str, ours: Work, theirs: Work, *, goal: float, rounds: int | None = None
    ) -> list[Measurement]:
        """How many times as fast as the peer we are, by the clock and by the processor."""
        found = beside(ours, theirs, rounds or self.rounds)
        wall, their_wall = (median(took.wall for took in one) for one in (found.ours, found.theirs))
        self.tell(
            f"{what:<28}{wall:8.2f} s   {peer:<11}{their_wall:8.2f} s   "
            f"{found.ratio:5.2f} ({found.thrift:5.2f} by the processor)"
        )
        return [
            at_least(f"{what}: against {peer}", round(found.ratio, 3), "x", goal),
            Measurement(f"{what}: by processor time", round(found.thrift, 3), "x"),
        ]
