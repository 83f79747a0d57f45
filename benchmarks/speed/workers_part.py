"""One long file, cut into chunks, with one worker of one core against two."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import psutil

from benchmarks.load.memory import service_of
from benchmarks.speed.bare_cores import hearings_a_second
from benchmarks.speed.bench import APART, Bench
from benchmarks.speed.pipeline import send_through, upload_of
from benchmarks.speed.recordings import write_long
from local.report import Measurement, at_least

TWO_WORKERS = 1.8

ONE_CORE = {"JOBS_AT_ONCE": "1", "CPU_THREADS": "1", "STREAMS": "1"}


@dataclass(frozen=True)
class Runs:
    """Means over the runs of as many workers."""

    seconds: float
    processor_seconds: float
    """What the workers had of the cores, all together."""
    bare_speed: float
    """Hearings a second of as many bare engines."""


def workers_part(bench: Bench) -> list[Measurement]:
    """Two workers, one, and two again: what slows the machine down little by little slows both alike.

    Before each run as many bare engines say what the machine itself gives.
    """
    minutes = bench.amounts.workers_minutes
    dense = bench.recordings(1, 2, offset=APART)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.flac"
        write_long(path, dense, minutes=minutes, quiet_seconds=dense.seconds)
        runs = [(workers, _run(bench, path, workers)) for workers in (2, 1, 2)]
    one, two = (_means([run for workers, run in runs if workers == count]) for count in (1, 2))
    ratio, work = one.seconds / two.seconds, two.processor_seconds / one.processor_seconds
    return [
        Measurement(f"{minutes:g} min file, 1 worker of 1 core", round(one.seconds, 1), "s"),
        Measurement(f"{minutes:g} min file, 2 workers of 1 core", round(two.seconds, 1), "s"),
        at_least("2 workers against 1", round(ratio, 3), "x", TWO_WORKERS),
        Measurement("2 workers against 1: by processor time", round(ratio * work, 3), "x"),
        Measurement("2 bare engines against 1", round(two.bare_speed / one.bare_speed, 3), "x"),
    ]


def _run(bench: Bench, path: Path, count: int) -> Runs:
    minutes, chunk_seconds = bench.amounts.workers_minutes, bench.amounts.chunk_seconds
    overrides = {
        **ONE_CORE,
        "CHUNK_SECONDS": str(chunk_seconds),
        "CHUNK_THRESHOLD_SECONDS": str(2 * chunk_seconds),
    }
    alone = bench.recordings(1, chunk_seconds / 60, offset=APART)[0]
    bare_speed = hearings_a_second(count, alone)
    with bench.platform(workers=count, overrides=overrides) as (platform, caller):
        workers = [
            child for child in psutil.Process().children() if service_of(child.cmdline()) == "transcriber"
        ]
        pinned, had = _pin(workers), _processor_seconds(workers)
        seconds = send_through(platform, caller, [upload_of(path)]).seconds
        processor_seconds = _processor_seconds(workers) - had
    bench.tell(f"{minutes:g} minutes with {count} workers: {seconds:.1f} s, {pinned} pinned")
    return Runs(seconds, processor_seconds, bare_speed)


def _means(runs: list[Runs]) -> Runs:
    return Runs(
        fmean(run.seconds for run in runs),
        fmean(run.processor_seconds for run in runs),
        fmean(run.bare_speed for run in runs),
    )


def _pin(workers: list[psutil.Process]) -> int:
    """Give each worker a core of its own; returns how many got one.

    Where the system knows no such thing, nobody is pinned. Every thread is moved: those that start
    later take after the one that started them.
    """
    if not hasattr(os, "sched_setaffinity"):
        return 0
    cores = sorted(os.sched_getaffinity(0))
    for number, worker in enumerate(sorted(workers, key=lambda child: child.pid)):
        for thread in worker.threads():
            os.sched_setaffinity(thread.id, {cores[number % len(cores)]})
    return len(workers)


def _processor_seconds(workers: list[psutil.Process]) -> float:
    times = [worker.cpu_times() for worker in workers]
    return sum(time.user + time.system for time in times)
