"""Peak memory of a worker on a long file against a short one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from local import lifeline
from local.environment import CHECKOUT, base_environment

PROBE_SECONDS = 600


def peak_mib(model: str, path: Path, *, runs: int) -> float:
    """The median peak of processes that hear a file, one after the other: which threads meet is chance."""
    return median(_peak_mib(model, path) for _ in range(runs))


def _peak_mib(model: str, path: Path) -> float:
    command = (*lifeline.command("benchmarks.speed.memory_probe"), model, str(path))
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        env=base_environment(),
        cwd=CHECKOUT,
        text=True,
    ) as process:
        try:
            # Its standard input stays open: its end would end the process.
            assert process.stdout is not None  # noqa: S101
            last = process.stdout.read().splitlines()[-1:]
            process.wait(PROBE_SECONDS)
        finally:
            process.kill()
    if process.returncode or not last:
        raise RuntimeError(f"the probe of {path.name} ended with status {process.returncode}")
    return float(json.loads(last[0])["peakMiB"])
