"""A wave of jobs: users submit them from a pool of threads while the main thread watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from benchmarks.chaos.caller import PatientCaller
from benchmarks.chaos.plan import Recording
from benchmarks.chaos.recordings import make_upload

TICK_SECONDS = 0.25


@dataclass(frozen=True)
class Wave:
    """What was submitted (job to when storage had its last byte) and when, in Unix seconds."""

    submitted: dict[str, datetime]
    began_at: float
    ended_at: float


def send_wave(
    caller: PatientCaller,
    *,
    jobs: int,
    callers: int,
    jobs_a_second: float | None,
    done: Callable[[], int],
    watch: Callable[[int, int], None],
    patience_seconds: float,
) -> Wave:
    """Submit ``jobs`` one-second files and wait until ``done`` counts as many more.

    ``jobs_a_second`` None: as fast as the callers get their answers. ``watch`` is told every now and
    then how many were submitted and how many are done. What is missing after ``patience_seconds``
    without any progress is left: the audit counts it.
    """
    began_at, before = time.time(), done()
    with ThreadPoolExecutor(callers) as pool:
        futures = [
            pool.submit(
                _submit, caller, number, 0 if jobs_a_second is None else began_at + number / jobs_a_second
            )
            for number in range(jobs)
        ]
        try:
            _wait(futures, lambda: done() - before, watch, patience_seconds)
        except BaseException:
            caller.give_up()
            for future in futures:
                future.cancel()
            raise
    return Wave(dict(future.result() for future in futures), began_at, time.time())


def _submit(caller: PatientCaller, number: int, at: float) -> tuple[str, datetime]:
    time.sleep(max(0.0, at - time.time()))
    return caller.submit(make_upload(Recording.GOOD, number))


def _wait(
    futures: list[Future[tuple[str, datetime]]],
    done: Callable[[], int],
    watch: Callable[[int, int], None],
    patience_seconds: float,
) -> None:
    moved_at, last = time.monotonic(), (0, 0)
    while last != (len(futures), len(futures)):
        time.sleep(TICK_SECONDS)
        now = (sum(future.done() for future in futures), done())
        watch(*now)
        if now != last:
            moved_at, last = time.monotonic(), now
        elif time.monotonic() - moved_at > patience_seconds:
            return
