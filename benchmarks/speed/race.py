"""Contenders take turns on the same files; what counts is the ratio within a round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.speed.contenders import Contender
from benchmarks.speed.recordings import Recording

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Race:
    """Seconds of audio a second, by contender, one value a round.

    ``speeds`` are by the wall clock, ``frugality`` by the time that this process had all cores together.
    """

    speeds: Mapping[str, Sequence[float]]
    frugality: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def speed(self, name: str) -> float:
        """The median of a contender."""
        return statistics.median(self.speeds[name])

    def ratio(self, name: str, peer: str) -> float:
        """The median over the rounds of how much faster ``name`` was than ``peer`` in the same one.

        A machine that others use too is slow for some time: a round is slow for both then.
        """
        return _median_ratio(self.speeds[name], self.speeds[peer])

    def thrift(self, name: str, peer: str) -> float:
        """The same by processor time: who else used the cores meanwhile shows little in it."""
        return _median_ratio(self.frugality[name], self.frugality[peer])

    def retimed(self, name: str, speeds: Sequence[float]) -> Race:
        """The same with speeds of ``name`` that it measured itself: what begins and ends elsewhere."""
        return replace(self, speeds={**self.speeds, name: speeds})


def _median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def run_race(
    contenders: Sequence[Contender],
    recordings: Sequence[Recording],
    *,
    rounds: int,
    tell: Tell,
    now: Callable[[], float] = time.perf_counter,
) -> Race:
    """Every contender hears all recordings once a round; who begins moves on by one each time."""
    audio_seconds = sum(recording.seconds for recording in recordings)
    speeds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    frugality: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        first = number % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            began, busy = now(), time.process_time()
            contender.hear(recordings)
            speeds[contender.name].append(audio_seconds / (now() - began))
            frugality[contender.name].append(audio_seconds / max(time.process_time() - busy, 1e-9))
            tell(f"{contender.name}: {speeds[contender.name][-1]:.1f} times real time")
    return Race(speeds, frugality)


def warm_up(contenders: Sequence[Contender], recording: Recording) -> None:
    """Whatever a first call costs is not measured."""
    for contender in contenders:
        contender.hear([recording])
