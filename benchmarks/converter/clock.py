"""How long work takes, by the clock and by the processor, that of its programs included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Took:
    """Seconds."""

    wall: float
    processor: float


def took(work: Callable[[], object], rounds: int = 1) -> Took:
    """The quickest of some rounds, by each clock for itself."""
    found = [_once(work) for _ in range(rounds)]
    return Took(min(one.wall for one in found), min(one.processor for one in found))


def _once(work: Callable[[], object]) -> Took:
    wall, processor = time.perf_counter(), _processor()
    work()
    return Took(time.perf_counter() - wall, _processor() - processor)


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mebibytes(code: str, *arguments: str) -> float:
    """The most memory that a Python process of its own takes for some code."""
    measured = f"{code}\nfrom benchmarks.process_memory import peak_mib; print(peak_mib())"
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", measured, *arguments], check=True, capture_output=True, text=True
    )
    return float(answer.stdout.split()[-1])
