"""A day as a picture: workers, backlog, waiting and dollars over the hours, one line a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from benchmarks.autoscale_sim.arrivals import Arrivals
from benchmarks.autoscale_sim.replay import Replay

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

_BIN_SECONDS = 1800
_COLOURS = ("#0072B2", "#D55E00", "#009E73")  # told apart by everybody: Okabe and Ito's palette
_STYLES = {"arm64": "-", "x86_64": ":"}


@dataclass(frozen=True)
class Run:
    """A policy's day, with the dollars spent up to each minute by architecture."""

    seen: Replay
    dollars: Mapping[str, NDArray[np.float64]]


def draw(title: str, arrivals: Arrivals, runs: Mapping[str, Run], target: Path) -> None:
    """Write the picture as PNG."""
    figure, (workers, backlog, waits, dollars) = plt.subplots(
        4, 1, figsize=(8, 8.5), sharex=True, layout="constrained"
    )
    figure.suptitle(title)
    for colour, (policy, run) in zip(_COLOURS, runs.items(), strict=False):
        hours = np.arange(1, len(run.seen.running) + 1) / 60
        workers.plot(hours, run.seen.running, color=colour, label=policy)
        backlog.plot(hours, np.array(run.seen.backlog) / 1000, color=colour)
        _draw_waits(waits, arrivals, run.seen, colour)
        for architecture, spent in run.dollars.items():
            dollars.plot(hours, spent, _STYLES[architecture], color=colour, label=f"{policy}, {architecture}")
    workers.set_ylabel("workers")
    backlog.set_ylabel("files waiting (thousands)")
    waits.set_ylabel("wait (minutes)\np50 line, p99 dashed")
    dollars.set_ylabel("dollars spent")
    dollars.set_xlabel("hours since midnight; waits stand at the hour of arrival")
    for axes in (workers, dollars):
        axes.legend(fontsize="small")
    for axes in (workers, backlog, waits, dollars):
        axes.grid(alpha=0.3)
        axes.set_ylim(bottom=0)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Without a date or a version in the file the same day gives the same bytes.
    figure.savefig(target, dpi=80, metadata={"Software": None})
    plt.close(figure)


def _draw_waits(axes: Axes, arrivals: Arrivals, seen: Replay, colour: str) -> None:
    bins = (arrivals.at_seconds // _BIN_SECONDS).astype(int)
    present = np.unique(bins)
    hours = (present + 0.5) * _BIN_SECONDS / 3600
    for percentile, style in ((50, "-"), (99, "--")):
        minutes = [np.percentile(seen.waits[bins == one], percentile) / 60 for one in present]
        axes.plot(hours, minutes, style, color=colour)
