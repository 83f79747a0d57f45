"""A small load test over the real processes; ``make loadtest`` is the large one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.load.options import LoadOptions
from benchmarks.load.run import run_load_test


@pytest.mark.emulator
@pytest.mark.heavy
@pytest.mark.timeout(240)
def test_a_small_load_test_counts_every_job_and_every_kind_of_call(tmp_path: Path) -> None:
    options = LoadOptions(jobs=20, workers=1, steady_share=0.2)
    plot = tmp_path / "build" / "loadtest.png"

    waves, figures = run_load_test(options, state=tmp_path, plot=plot, console=Console(width=110))

    assert [(wave.jobs, wave.without_notice, wave.doubled) for wave in waves] == [(20, 0, 0), (4, 0, 0)]
    values = {figure.measure: figure.value for figure in figures}
    assert values["ses requests a job"] == 1
    assert values["s3 requests a job"] >= 8  # two reads by the router, one by the worker, five outputs
    assert {"emulator-1", "transcriber-1", "notifier-1"} <= {
        name.removeprefix("memory of ").removesuffix(": peak") for name in values
    }
    document = json.loads((tmp_path / "build" / "loadtest.json").read_text())
    callers = {row["process"] for row in document["calls"]}
    assert {"api_lambda", "router_poller", "transcriber", "notifier"} <= callers
    assert plot.stat().st_size > 10_000
