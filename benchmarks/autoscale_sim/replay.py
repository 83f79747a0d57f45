"""One day through one set of rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.autoscale_sim.arrivals import Arrivals
from benchmarks.autoscale_sim.autoscaler import Autoscaler
from benchmarks.autoscale_sim.fleet import Fleet, Pace
from benchmarks.autoscale_sim.metric_math import Value
from benchmarks.autoscale_sim.prices import task_hour_dollars
from benchmarks.autoscale_sim.rules import ServicePlan

MINUTE_SECONDS = 60
MOST_DAYS = 7
"""A replay that has not ended by then is cut off, and says so."""


@dataclass
class Replay:
    """What was seen at each minute's end, and how long each file waited, in seconds."""

    waits: NDArray[np.float64]
    ended: bool
    running: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)
    backlog: list[int] = field(default_factory=list)

    def wait_minutes(self, percentile: float) -> float:
        """How long files waited for a worker; nan where one never started."""
        return float(np.percentile(self.waits, percentile)) / MINUTE_SECONDS

    @property
    def hours(self) -> float:
        """Until the last file was done."""
        return len(self.running) / MINUTE_SECONDS


def replay(plan: ServicePlan, arrivals: Arrivals, pace: Pace, *, seed: int, delay_minutes: int = 1) -> Replay:
    """The day until its last file is done. Alarms see metrics that are ``delay_minutes`` old."""
    scaler = Autoscaler(plan)
    fleet = Fleet(arrivals, pace, tasks=plan.min_tasks, seed=seed)
    seen = Replay(waits=np.empty(0), ended=False)
    known: list[dict[str, Value]] = []
    for minute in range(1, MOST_DAYS * 24 * MINUTE_SECONDS + 1):
        now = minute * MINUTE_SECONDS
        fleet.run_until(now)
        known.append(
            {
                # Rules look at the sum of a worker's queues: here all lies in the first.
                "visible": float(fleet.waiting),
                "visible_1": 0.0,
                "in_flight": float(fleet.in_flight),
                "in_flight_1": 0.0,
                "running": float(fleet.running),
                "audio": fleet.heard_since_last_time(),
            }
        )
        if len(known) > delay_minutes:
            scaler.minute(now, known[-1 - delay_minutes])
        fleet.want(scaler.wanted, now)
        seen.running.append(fleet.running)
        seen.paid.append(fleet.running + fleet.starting)
        seen.backlog.append(fleet.waiting)
        if fleet.done and fleet.running <= plan.min_tasks:
            break
    seen.ended = fleet.done
    seen.waits = fleet.started_at - arrivals.at_seconds
    return seen


def dollars_by_minute(plan: ServicePlan, seen: Replay, architecture: str) -> NDArray[np.float64]:
    """What was paid up to each minute's end."""
    tasks = np.array(seen.paid, dtype=float)
    base = np.minimum(tasks, plan.on_demand_base)
    on_demand = base + (tasks - base) * plan.on_demand_share
    hour = {
        spot: task_hour_dollars(architecture, vcpus=plan.vcpus, memory_gib=plan.memory_gib, spot=spot)
        for spot in (False, True)
    }
    result: NDArray[np.float64] = np.cumsum(on_demand * hour[False] + (tasks - on_demand) * hour[True]) / 60
    return result
