"""``make loadtest``: a platform, jobs as fast as it takes them, some at half that rate, the count."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.calls.call import FOLDER_VARIABLE, read_calls, recorded
from benchmarks.chaos.caller import PatientCaller
from benchmarks.load.figures import (
    WaveFindings,
    calls_document,
    calls_table,
    figures_of_calls,
    figures_of_memory,
    figures_of_wave,
    findings_of,
)
from benchmarks.load.memory import MemoryWatch
from benchmarks.load.options import LoadOptions
from benchmarks.load.plot import plot_course
from benchmarks.load.wave import Wave, send_wave
from local.command_line import load_options
from local.demo_view import make_console, print_table
from local.environment import CHECKOUT, isolate
from local.interruption import interrupt_on_signals
from local.platform import Platform, running_platform
from local.report import Measurement, report_document, report_table, write_report

STATE = CHECKOUT / ".local" / "loadtest"
PLOT = CHECKOUT / "build" / "loadtest.png"
LINE_SECONDS = 10.0


@dataclass
class Course:
    """What was seen while the waves ran."""

    memory: MemoryWatch = field(default_factory=MemoryWatch)
    submitted: list[tuple[float, float]] = field(default_factory=list)
    notified: list[tuple[float, float]] = field(default_factory=list)

    def note(self, submitted: int, notified: int) -> None:
        """How far it is now, and what that takes of memory."""
        self.memory.look()
        self.submitted.append((time.time(), submitted))
        self.notified.append((time.time(), notified))


def main() -> None:
    """Run the load test; status 1 if a job came to no notice, or to two."""
    options = load_options(LoadOptions, "loadtest")
    isolate(os.environ)
    interrupt_on_signals()
    console = make_console()
    waves, measurements = run_load_test(options, state=STATE, plot=PLOT, console=console)
    sys.exit(0 if all(measurement.holds is not False for measurement in measurements) and waves else 1)


def run_load_test(
    options: LoadOptions, *, state: Path, plot: Path, console: Console
) -> tuple[list[WaveFindings], list[Measurement]]:
    """Both waves, shown and written. Raises ``StartupError`` if the platform can't be kept running."""
    folder, course = state / "calls", Course()
    shutil.rmtree(folder, ignore_errors=True)
    overrides = {FOLDER_VARIABLE: str(folder), "JOBS_AT_ONCE": str(options.slots)}
    console.print(
        f"{options.jobs} jobs of one second through {options.workers} workers with {options.slots} slots each"
    )
    with (
        running_platform(
            options, state=state, tell=console.print, overrides=overrides, command=recorded
        ) as platform,
        PatientCaller(platform.api_url, platform.api_key, platform.inbox_url) as caller,
    ):
        test = LoadTest(options, platform, caller, course, console, folder)
        burst = test.send(options.jobs, None)
        found = [findings_of("burst", burst, caller.inbox())]
        calls = read_calls(folder, since=burst.began_at, until=burst.ended_at)
        steady_jobs = round(options.jobs * options.steady_share)
        if steady_jobs:
            steady = test.send(steady_jobs, found[0].jobs_a_second / 2)
            found.append(findings_of("steady at half the rate", steady, caller.inbox()))
    measurements = [
        *(figure for wave in found for figure in figures_of_wave(wave)),
        *figures_of_calls(calls, options.jobs),
        *figures_of_memory(course.memory.samples),
    ]
    plot_course(plot, memory=course.memory.samples, submitted=course.submitted, notified=course.notified)
    document = {
        **report_document("loadtest", measurements),
        "calls": calls_document(calls, options.jobs),
        "memoryMiB": course.memory.samples,
    }
    path = write_report(document, plot.parent)
    for table in (calls_table(calls, options.jobs), report_table(measurements)):
        console.print()
        print_table(console, table)
    console.print(f"\nThe same figures: {path}; the course: {plot}; logs: {state / 'logs'}")
    return found, measurements


@dataclass(frozen=True)
class LoadTest:
    """One platform under load; ``calls`` is the folder that its processes write their calls into."""

    options: LoadOptions
    platform: Platform
    caller: PatientCaller
    course: Course
    console: Console
    calls: Path

    def send(self, jobs: int, jobs_a_second: float | None) -> Wave:
        """A wave, watched; ``jobs_a_second`` None: as fast as the callers can."""
        name = "as fast as they can" if jobs_a_second is None else f"at {jobs_a_second:.1f} a second"
        self.console.print(f"{jobs} jobs come {name}")
        before = round(self.course.submitted[-1][1]) if self.course.submitted else 0
        with _Bar(self.console, jobs) as bar:

            def watch(submitted: int, notified: int) -> None:
                self.platform.tend()
                self.course.note(before + submitted, before + notified)
                bar.update(submitted, notified)

            return send_wave(
                self.caller,
                jobs=jobs,
                callers=self.options.callers,
                jobs_a_second=jobs_a_second,
                done=mails_sent(self.calls),
                watch=watch,
                patience_seconds=self.options.patience_seconds,
            )


def mails_sent(folder: Path) -> Callable[[], int]:
    """Counts the notifiers' mails by their calls: the inbox itself holds every mail whole."""
    read: dict[Path, int] = {}
    count = 0

    def sent() -> int:
        nonlocal count
        for path in folder.glob("notifier-*.jsonl"):
            with path.open("rb") as file:
                file.seek(read.get(path, 0))
                lines = file.read().split(b"\n")
                rest = len(lines.pop())
                read[path] = file.tell() - rest
            count += sum(b'"ses"' in line for line in lines)
        return count

    return sent


class _Bar:
    """Bars on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, console: Console, jobs: int) -> None:
        self._console = console
        self._jobs = jobs
        self._began = self._next_line_at = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._submitted = self._progress.add_task("submitted", total=jobs)
        self._notified = self._progress.add_task("notified ", total=jobs)

    def update(self, submitted: int, notified: int) -> None:
        self._progress.update(self._submitted, completed=submitted)
        self._progress.update(self._notified, completed=notified)
        if not self._console.is_terminal and time.monotonic() >= self._next_line_at:
            self._next_line_at += LINE_SECONDS
            elapsed = time.monotonic() - self._began
            self._console.print(
                f"{elapsed:4.0f} s  {submitted} submitted, {notified} notified of {self._jobs}"
            )

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
