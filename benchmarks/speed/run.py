"""``make bench``: every part in turn, then the table, the plot and the file."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.speed.bench import Bench
from benchmarks.speed.options import FULL, QUICK, SpeedOptions
from benchmarks.speed.parts import PARTS
from benchmarks.speed.plot import plot_races
from benchmarks.speed.stages import stages_table
from local.command_line import load_options
from local.demo_view import make_console, print_table
from local.environment import CHECKOUT, isolate
from local.interruption import interrupt_on_signals
from local.report import Measurement, report_document, report_table, write_report
from shared.log import configure_logging

STATE = CHECKOUT / ".local" / "bench"
BUILD = CHECKOUT / "build"


def main() -> None:
    """Measure; status 0 whatever the goals say, with STRICT=1 status 1 if one is missed."""
    options = load_options(SpeedOptions, "bench")
    isolate(os.environ)
    interrupt_on_signals()
    configure_logging("bench", "ERROR")  # what a worker tells its operator is no part of the table
    measurements = run_bench(options, state=STATE, build=BUILD, console=make_console())
    missed = any(measurement.holds is False for measurement in measurements)
    sys.exit(1 if options.strict and missed else 0)


def run_bench(options: SpeedOptions, *, state: Path, build: Path, console: Console) -> list[Measurement]:
    """All parts asked for; prints and writes what they found."""
    amounts = QUICK if options.quick else FULL
    measurements: list[Measurement] = []
    with _Steps(console, len(options.parts)) as steps:
        bench = Bench(options, amounts, state=state, build=build, tell=steps.say)
        for part in options.parts:
            steps.begin(part.value)
            measurements += PARTS[part](bench)
    document = {
        **report_document("bench", measurements),
        "options": {"quick": options.quick, "seed": options.seed, "amounts": asdict(amounts)},
        "speeds": {name: dict(race.speeds) for name, race in bench.races.items()},
        "speedsByProcessorTime": {name: dict(race.frugality) for name, race in bench.races.items()},
        "stages": [asdict(stage) for stage in bench.stages],
    }
    path = write_report(document, build)
    if bench.stages:
        console.print()
        print_table(console, stages_table(bench.stages))
    console.print()
    print_table(console, report_table(measurements))
    console.print(f"\nThe same figures: {path}")
    if bench.races:
        plot_races(build / "bench.png", bench.races)
        console.print(f"The contenders: {build / 'bench.png'}")
    console.print("What each measure means, and what is fair about it: benchmarks/README.md")
    return measurements


class _Steps:
    """Which part runs: a bar on a terminal; everywhere a line for what was just measured."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console = console
        self._began = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=steps)
        self._begun = 0
        self._part = ""

    def begin(self, part: str) -> None:
        self._part = part
        self._progress.update(self._task, completed=self._begun, description=part)
        self._begun += 1
        self.say("…")

    def say(self, sentence: str) -> None:
        elapsed = time.monotonic() - self._began
        self._console.print(f"{elapsed:4.0f} s  {self._part}: {sentence}", markup=False)

    def __enter__(self) -> _Steps:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
