"""Ratios are taken within a round, so that a slow minute of the machine does not decide."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.speed.options import Part, SpeedOptions
from benchmarks.speed.race import Race, run_race
from benchmarks.speed.recordings import Recording
from benchmarks.speed.sweep import best_of, combinations

MINUTE = Recording("a.flac", "en", b"", 60.0)


class Timed:
    """A contender that lets a hand clock run on."""

    def __init__(self, name: str, clock: list[float], seconds: Sequence[float]) -> None:
        self.name = name
        self._clock = clock
        self._seconds = list(seconds)
        self.heard = 0

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        self._clock[0] += self._seconds[self.heard]
        self.heard += 1
        return ["" for _ in recordings]


def test_each_round_measures_everybody_in_seconds_of_audio_a_second() -> None:
    clock = [0.0]
    fast, slow = Timed("fast", clock, [1.0, 4.0]), Timed("slow", clock, [2.0, 8.0])
    race = run_race([fast, slow], [MINUTE, MINUTE], rounds=2, tell=lambda _: None, now=lambda: clock[0])
    assert race.speeds == {"fast": [120.0, 30.0], "slow": [60.0, 15.0]}
    assert race.ratio("fast", "slow") == 2.0


def test_who_begins_changes_from_round_to_round() -> None:
    clock, order = [0.0], list[str]()
    contenders = [Timed(name, clock, [1.0] * 3) for name in "abc"]
    run_race(contenders, [MINUTE], rounds=3, tell=order.append, now=lambda: clock[0])
    assert "".join(line[0] for line in order) == "abcbcacab"


def test_the_ratio_is_the_median_of_rounds_not_the_ratio_of_medians() -> None:
    speeds = {"ours": [10.0, 2.0, 30.0], "theirs": [5.0, 1.0, 30.0]}
    race = Race(speeds, frugality={"ours": [9.0], "theirs": [3.0]})
    assert race.ratio("ours", "theirs") == 2.0
    assert race.speed("ours") == 10.0
    assert race.thrift("ours", "theirs") == 3.0
    assert best_of(race) == "ours"


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_a_sweep_never_asks_for_more_threads_than_cores(cores: int) -> None:
    tried = list(combinations(cores))
    assert all(threads * streams <= cores for threads, streams, _ in tried)
    assert len(tried) == len(set(tried))
    assert {(1, cores, 4), (cores, 1, 4)} <= set(tried)


def test_parts_run_in_their_order_and_the_sweep_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Part.SWEEP not in SpeedOptions().parts
    assert SpeedOptions(sweep=True).parts == tuple(Part)
    monkeypatch.setenv("ESCRIBA_ONLY", "memory, engine")
    assert SpeedOptions().parts == (Part.ENGINE, Part.MEMORY)


def test_who_measures_its_own_time_is_compared_by_that() -> None:
    race = Race({"ours": [10.0, 20.0], "theirs": [10.0, 10.0]}).retimed("ours", [12.0, 24.0])
    assert race.speed("theirs") == 10.0
    assert race.ratio("ours", "theirs") == pytest.approx(1.8)
