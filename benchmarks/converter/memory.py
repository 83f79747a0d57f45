"""What memory the operations take of a short file and of a long one: a process of its own for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.converter.bench import Bench
from benchmarks.converter.memory_probe import OPERATIONS
from local.report import Measurement, at_most

LONG_AGAINST_SHORT = 1.1

LOUDNESS_OF_ALL = """
import sys, pyloudnorm, soundfile
from benchmarks.process_memory import peak_mib
samples, rate_hz = soundfile.read(sys.argv[1])
pyloudnorm.Meter(rate_hz).integrated_loudness(samples)
print(peak_mib())
"""


def memory(bench: Bench) -> list[Measurement]:
    """Peaks of each operation, the long file's against the short one's; pyloudnorm's beside them."""
    material = bench.material
    found: list[Measurement] = []
    for operation in OPERATIONS:
        short, long = (_peak_mib(operation, path) for path in (material.short, material.long))
        bench.tell(f"{operation + ', memory':<28}{short:6.0f} MiB   {long:6.0f} MiB   {long / short:5.2f}")
        found += [
            Measurement(f"{operation} of {material.short_minutes} minutes: peak memory", round(short), "MiB"),
            at_most(
                f"{operation}: peak memory, {material.long_minutes} against {material.short_minutes} minutes",
                round(long / short, 3),
                "x",
                LONG_AGAINST_SHORT,
            ),
        ]
    whole = _output("-c", LOUDNESS_OF_ALL, str(material.short))
    return [
        *found,
        Measurement(f"pyloudnorm, {material.short_minutes} minutes: peak memory", round(whole), "MiB"),
    ]


def _peak_mib(operation: str, path: Path) -> float:
    return _output("-m", "benchmarks.converter.memory_probe", operation, str(path))


def _output(*arguments: str) -> float:
    answer = subprocess.run(  # noqa: S603
        [sys.executable, *arguments], check=True, capture_output=True, text=True
    )
    return float(answer.stdout.split()[-1])
