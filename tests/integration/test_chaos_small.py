"""A small storm over the real processes; ``make chaos`` is the large one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.chaos.figures import figures_of, print_findings
from benchmarks.chaos.options import ChaosOptions
from benchmarks.chaos.plan import Work
from benchmarks.chaos.run import run_chaos

SEED = 20_261_127


@pytest.mark.emulator
@pytest.mark.timeout(240)
def test_a_small_storm_loses_doubles_and_strands_nothing(tmp_path: Path) -> None:
    options = ChaosOptions(
        seed=SEED,
        jobs=40,
        seconds=12,
        kill_every_seconds=1.5,
        workers=2,
        converters=1,
        notifiers=1,
        freeze_seconds=2,
        settle_seconds=60,
    )
    console = Console(width=110)

    findings = run_chaos(options, state=tmp_path, console=console)

    print_findings(console, findings)
    assert {figure.measure: figure.value for figure in figures_of(findings) if figure.holds is not None} == {
        "lost": 0,
        "doubled": 0,
        "stuck": 0,
        "left behind": 0,
    }
    assert len(findings.ledger.submitted) == options.jobs
    killed = {crash.target.rpartition("-")[0] or crash.target for crash in findings.ledger.crashes}
    assert killed >= {"transcriber", "converter", "notifier"}
    planned = [submitted.planned for submitted in findings.ledger.submitted]
    assert {(job.work, job.priority) for job in planned} >= set(product(Work, (True, False)))
