"""``make bench-converter``: every row in turn, then the table and the file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from pydantic import Field

from benchmarks.converter.bench import Bench
from benchmarks.converter.clips import clips
from benchmarks.converter.clips_over_http import clips_over_http
from benchmarks.converter.encoding import conversions, splits
from benchmarks.converter.material import make_material
from benchmarks.converter.measuring import analyses
from benchmarks.converter.memory import memory
from local.command_line import load_options
from local.demo_view import make_console, print_table
from local.environment import isolate
from local.interruption import interrupt_on_signals
from local.options import MakeOptions
from local.report import Measurement, report_document, report_table, write_report


def _clips_over_http(bench: Bench) -> list[Measurement]:
    return clips_over_http(bench.material.long, bench.tell)


PARTS = (conversions, splits, analyses, clips, _clips_over_http, memory)


class ConverterBenchOptions(MakeOptions):
    """What ``make bench-converter`` can be asked for."""

    quick: bool = Field(default=False, description="Shorter sound, to see that it runs.")
    strict: bool = Field(default=False, description="Status 1 if a goal is missed.")


def main() -> None:
    """Measure; status 0 whatever the goals say, with STRICT=1 status 1 if one is missed."""
    options = load_options(ConverterBenchOptions, "bench-converter")
    isolate(os.environ)
    interrupt_on_signals()
    console = make_console()
    with tempfile.TemporaryDirectory(prefix="escriba-bench-") as name:
        minutes, short, long, rounds = (1, 2, 20, 1) if options.quick else (4, 10, 180, 3)
        material = make_material(Path(name), minutes=minutes, short_minutes=short, long_minutes=long)
        console.print(
            f"{minutes} minutes of stereo at 44.1 kHz; the median of {rounds}, ours before the peer's"
        )
        bench = Bench(material, rounds, lambda line: console.print(line, markup=False))
        measurements = [measurement for part in PARTS for measurement in part(bench)]
    path = write_report(report_document("bench-converter", measurements))
    console.print()
    print_table(console, report_table(measurements))
    console.print(f"\nThe same figures: {path}")
    console.print("What each measure means, and what is fair about it: benchmarks/README.md")
    missed = any(measurement.holds is False for measurement in measurements)
    sys.exit(1 if options.strict and missed else 0)
