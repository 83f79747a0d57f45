"""The course of a load test as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

Series = Sequence[tuple[float, float]]


def plot_course(path: Path, *, memory: Mapping[str, Series], submitted: Series, notified: Series) -> None:
    """Jobs over time above, memory of each process below. Times in Unix seconds."""
    mpl.use("Agg")
    from matplotlib import pyplot

    began = submitted[0][0] if submitted else 0.0
    figure, (jobs, rss) = pyplot.subplots(2, 1, sharex=True, figsize=(10, 8), layout="constrained")
    for name, series in (("submitted", submitted), ("notified", notified)):
        jobs.plot([at - began for at, _ in series], [count for _, count in series], label=name)
    jobs.set_ylabel("jobs")
    jobs.legend()
    for name, series in sorted(memory.items()):
        rss.plot([at - began for at, _ in series], [mib for _, mib in series], label=name)
    rss.set_ylabel("resident memory, MiB")
    rss.set_xlabel("seconds")
    rss.set_ylim(bottom=0)
    rss.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
