"""Files, workers and dollars of a replayed day."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.autoscale_sim.arrivals import MEAN_AUDIO_SECONDS, Arrivals, spike_day, usual_day
from benchmarks.autoscale_sim.fleet import Fleet, Pace
from benchmarks.autoscale_sim.prices import task_hour_dollars
from benchmarks.autoscale_sim.replay import dollars_by_minute, replay
from benchmarks.autoscale_sim.rules import Alarm, Rule, ServicePlan
from benchmarks.autoscale_sim.run import SimOptions
from benchmarks.autoscale_sim.speed import PUBLISHED, measured
from benchmarks.speed.engine_parts import ratios
from benchmarks.speed.names import with_random_weights
from benchmarks.speed.race import Race
from benchmarks.speed.recordings import Recording
from local.command_line import load_options
from local.report import report_document
from shared.settings import SettingsError

PACE = Pace(slots=2, speed=1.0, start_seconds=90.0)
ONE_MORE = Rule(
    "out", "ChangeInCapacity", 1.0, 0, 60, Alarm("FILL(visible, 0)", "GreaterThanThreshold", 2, 1, 1)
)
PLAN = ServicePlan(1, 3, (ONE_MORE,), 2.0, 8.0, on_demand_base=1, on_demand_share=0.0)


def files(*at_seconds: float, audio_seconds: float = 100.0) -> Arrivals:
    return Arrivals(np.array(at_seconds), np.full(len(at_seconds), audio_seconds))


def test_the_same_seed_gives_the_same_day_and_another_another():
    assert np.array_equal(usual_day(7).at_seconds, usual_day(7).at_seconds)
    assert not np.array_equal(usual_day(7).at_seconds, usual_day(8).at_seconds)


def test_a_day_has_its_files_in_order_and_of_about_ten_minutes():
    day = spike_day(7, files=10_000, spike_files=20_000)
    assert len(day.at_seconds) == 30_000
    assert np.all(np.diff(day.at_seconds) >= 0)
    assert 0 <= day.at_seconds[0] <= day.at_seconds[-1] < 86_400
    assert day.audio_seconds.mean() == pytest.approx(MEAN_AUDIO_SECONDS, rel=0.05)
    in_the_spike = np.count_nonzero((day.at_seconds >= 36_000) & (day.at_seconds < 39_600))
    assert in_the_spike > 20_000


def test_a_file_starts_when_a_slot_is_free():
    fleet = Fleet(files(0, 0, 0), PACE, tasks=1, seed=7)
    fleet.run_until(1000)
    assert fleet.started_at.tolist() == [0, 0, 100]
    assert fleet.done
    assert fleet.heard_since_last_time() == 100.0
    assert fleet.heard_since_last_time() is None


def test_a_worker_works_only_after_it_started():
    fleet = Fleet(files(0), PACE, tasks=0, seed=7)
    fleet.run_until(10)
    fleet.want(1, 10)
    assert (fleet.running, fleet.starting) == (0, 1)
    fleet.run_until(1000)
    assert fleet.started_at.tolist() == [100]


def test_a_busy_worker_is_not_stopped_and_an_idle_one_is():
    fleet = Fleet(files(0), PACE, tasks=2, seed=7)
    fleet.run_until(50)
    fleet.want(0, 50)
    assert (fleet.running, fleet.in_flight) == (1, 1)
    fleet.run_until(200)
    fleet.want(0, 200)
    assert fleet.running == 0
    assert fleet.done


def test_what_starts_is_given_up_before_what_works():
    fleet = Fleet(files(0), PACE, tasks=1, seed=7)
    fleet.want(3, 0)
    fleet.want(1, 10)
    assert (fleet.running, fleet.starting) == (1, 0)


def test_a_replay_ends_with_every_file_started_and_repeats_itself():
    day = files(*range(0, 600, 10))
    first, again = (replay(PLAN, day, PACE, seed=7) for _ in range(2))
    assert first.ended
    assert first.waits.tolist() == again.waits.tolist()
    assert first.waits.min() >= 0
    assert max(first.running) == 3
    assert first.wait_minutes(99) >= first.wait_minutes(50)


def test_a_replay_without_workers_is_cut_off_and_says_so():
    nobody = dataclasses.replace(PLAN, min_tasks=0, rules=())
    assert not replay(nobody, files(0), PACE, seed=7).ended


def test_dollars_are_of_what_was_paid_at_the_mix_of_the_plan():
    day = files(*range(0, 600, 10))
    seen = replay(PLAN, day, PACE, seed=7)
    on_demand = task_hour_dollars("arm64", vcpus=2, memory_gib=8, spot=False)
    spot = task_hour_dollars("arm64", vcpus=2, memory_gib=8, spot=True)
    expected = sum(on_demand + (paid - 1) * spot for paid in seen.paid) / 60
    assert dollars_by_minute(PLAN, seen, "arm64")[-1] == pytest.approx(expected)


def test_an_hour_of_a_task_is_the_sum_of_its_parts():
    assert task_hour_dollars("x86_64", vcpus=1, memory_gib=2, spot=False) == pytest.approx(0.04937)
    assert task_hour_dollars("x86_64", vcpus=1, memory_gib=2, spot=True) == pytest.approx(0.024685)


@dataclasses.dataclass(frozen=True)
class Runner:
    name: str

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        raise NotImplementedError


def test_the_speed_is_what_was_measured_here_where_it_was(tmp_path: Path):
    report = tmp_path / "bench.json"
    assert measured(report) is None
    report.write_text(json.dumps({"machine": {"cores": 4, "cpu": "a processor"}, "measurements": []}))
    assert measured(report) is None
    ours, *peers = runners = [Runner("ours"), Runner("plain"), Runner("batched")]
    speeds = {runner.name: [2.0] for runner in runners}
    found_there = ratios(with_random_weights("small"), Race(speeds, speeds), ours, *peers)
    document = report_document("bench", found_there)
    report.write_text(json.dumps({**document, "machine": {"cores": 4, "cpu": "a processor"}}))
    found = measured(report)
    assert found is not None
    assert found.audio_seconds_per_vcpu_second == 0.5
    assert "a processor" in found.source


def test_the_published_speed_is_less_than_real_time():
    assert 0.7 < PUBLISHED.audio_seconds_per_vcpu_second < 0.8


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "nan", "fast"])
def test_a_speed_of_nothing_is_refused(monkeypatch, speed):
    monkeypatch.setenv("ESCRIBA_SPEED", speed)

    with pytest.raises(SettingsError, match="SPEED: Input should be"):
        load_options(SimOptions, "autoscale-sim", [])
