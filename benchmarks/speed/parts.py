"""The parts of ``make bench`` by name, in the order of their run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.speed.bench import Bench
from benchmarks.speed.engine_parts import engine_part, sizes_part, sweep_part
from benchmarks.speed.errors_part import errors_part
from benchmarks.speed.options import Part
from benchmarks.speed.platform_parts import memory_part, pipeline_part
from benchmarks.speed.workers_part import workers_part
from local.report import Measurement

PARTS: Mapping[Part, Callable[[Bench], list[Measurement]]] = {
    Part.ENGINE: engine_part,
    Part.SIZES: sizes_part,
    Part.ERRORS: errors_part,
    Part.PIPELINE: pipeline_part,
    Part.WORKERS: workers_part,
    Part.MEMORY: memory_part,
    Part.SWEEP: sweep_part,
}
