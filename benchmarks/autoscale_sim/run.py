"""``make autoscale-sim``: plans prod with both policies, replays both days, draws and counts.

Pictures of other options than the default ones go to ``build/``: those in ``docs/`` are of the plan as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field
from rich.console import Console
from rich.table import Column, Table

from benchmarks.autoscale_sim.arrivals import Arrivals, spike_day, usual_day
from benchmarks.autoscale_sim.fleet import Pace
from benchmarks.autoscale_sim.plots import Run, draw
from benchmarks.autoscale_sim.prices import PRICES, SPOT_DISCOUNT
from benchmarks.autoscale_sim.replay import dollars_by_minute, replay
from benchmarks.autoscale_sim.rules import ServicePlan, service_plan
from benchmarks.autoscale_sim.speed import PUBLISHED, Speed, given, measured
from local.command_line import load_options
from local.options import MakeOptions
from shared.prices import FARGATE
from shared.process import StartupError
from tools.terraform.plan import ROOT, PlanFailed, cached_plan_of, terraform_command

POLICIES = ("backlog", "drain_time")
REPORT = ROOT / "build" / "autoscale.json"
DOCS = ROOT / "docs"
BENCH = ROOT / "build" / "bench.json"

SEED = 7
START_SECONDS = 90.0
"""A guess that errs long: an image of a gigabyte is fetched and a model of half of one is loaded."""


class SimOptions(MakeOptions):
    """What ``make autoscale-sim`` can be asked for."""

    seed: int = Field(default=SEED, description="Which day; another one is another day.")
    speed: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Seconds of audio that one vCPU hears in a second; what `make bench` measured if absent.",
    )
    start_seconds: float = Field(default=START_SECONDS, ge=0, description="How long a worker takes to start.")
    max_tasks: int | None = Field(
        default=None, ge=1, description="The most workers; those of the plan if absent."
    )


@dataclass(frozen=True)
class Options:
    """What is replayed. The speed is of one vCPU; a worker hears one file a vCPU at a time."""

    seed: int
    speed: Speed
    start_seconds: float
    max_tasks: int | None

    @property
    def are_default(self) -> bool:
        """Whether nothing was asked for."""
        return self == Options(SEED, PUBLISHED, START_SECONDS, None)

    def pace(self, plan: ServicePlan) -> Pace:
        """What a task of the plan can do."""
        return Pace(
            slots=max(1, int(plan.vcpus)),
            speed=self.speed.audio_seconds_per_vcpu_second,
            start_seconds=self.start_seconds,
        )


def main() -> None:
    """Replay, draw, print. Raises ``StartupError`` without Terraform."""
    options = _options(load_options(SimOptions, "autoscale-sim"))
    plans = {policy: _plan(policy, options.max_tasks) for policy in POLICIES}
    days = {"usual": usual_day(options.seed), "spike": spike_day(options.seed)}
    titles = {"usual": "100,000 files in a day", "spike": "the same, and 200,000 more from ten to eleven"}
    pictures = DOCS if options.are_default else REPORT.parent
    figures = []
    for day, arrivals in days.items():
        runs = {policy: _run(plan, arrivals, options) for policy, plan in plans.items()}
        draw(titles[day], arrivals, runs, pictures / f"scaling-{day}.png")
        figures += [_figures(day, policy, run) for policy, run in runs.items()]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"about": _about(options), "days": figures}, indent=2) + "\n")
    _show(figures, options, pictures)


def _about(options: Options) -> dict[str, Any]:
    return {
        "audio_seconds_per_vcpu_second": options.speed.audio_seconds_per_vcpu_second,
        "speed_from": options.speed.source,
        "start_seconds": options.start_seconds,
        "seed": options.seed,
        "max_tasks": options.max_tasks,
        "prices": {"source": PRICES, "spot_discount": SPOT_DISCOUNT},
    }


def _show(figures: list[dict[str, Any]], options: Options, pictures: Path) -> None:
    table = Table(
        Column("day"),
        Column("policy", no_wrap=True),
        *("workers", "wait p50 (min)", "wait p99 (min)", "done after (h)", *FARGATE),
        title="A day of files through the rules of prod",
    )
    for one in figures:
        table.add_row(*_cells(one))
    console = Console()
    console.print(table)
    speed = options.speed
    sentence = f"one vCPU hears {speed.audio_seconds_per_vcpu_second:.2f} s of audio a second: {speed.source}"
    console.print(sentence, markup=False, highlight=False)
    console.print(f"written: {REPORT}, {pictures}/scaling-*.png", soft_wrap=True, highlight=False)


def _options(asked: SimOptions) -> Options:
    speed = measured(BENCH) or PUBLISHED if asked.speed is None else given(asked.speed)
    return Options(asked.seed, speed, asked.start_seconds, asked.max_tasks)


def _plan(policy: str, max_tasks: int | None) -> ServicePlan:
    if terraform_command() is None:
        raise StartupError("the rules come from a plan: terraform 1.11 or later is needed")
    try:
        plan = service_plan(cached_plan_of("prod", {"scaling_policy": policy}), "transcriber")
    except PlanFailed as error:
        raise StartupError(str(error)) from error
    return plan if max_tasks is None else replace(plan, max_tasks=max_tasks)


def _run(plan: ServicePlan, arrivals: Arrivals, options: Options) -> Run:
    seen = replay(plan, arrivals, options.pace(plan), seed=options.seed)
    return Run(seen, {architecture: dollars_by_minute(plan, seen, architecture) for architecture in FARGATE})


def _figures(day: str, policy: str, run: Run) -> dict[str, Any]:
    return {
        "day": day,
        "policy": policy,
        "most_workers": max(run.seen.running),
        "most_waiting": max(run.seen.backlog),
        "wait_p50_minutes": round(run.seen.wait_minutes(50), 1),
        "wait_p99_minutes": round(run.seen.wait_minutes(99), 1),
        "done_after_hours": round(run.seen.hours, 1) if run.seen.ended else None,
        "dollars": {architecture: round(float(spent[-1])) for architecture, spent in run.dollars.items()},
    }


def _cells(figures: Mapping[str, Any]) -> list[str]:
    hours = figures["done_after_hours"]
    return [
        str(figures["day"]),
        str(figures["policy"]),
        str(figures["most_workers"]),
        str(figures["wait_p50_minutes"]),
        str(figures["wait_p99_minutes"]),
        "never" if hours is None else str(hours),
        *(f"${figures['dollars'][architecture]:,}" for architecture in FARGATE),
    ]
