"""The contenders' speeds as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

from benchmarks.speed.race import Race


def plot_races(path: Path, races: Mapping[str, Race]) -> None:
    """One panel a model, a bar a contender, its rounds as points."""
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        len(races), 1, figsize=(9, 1 + 1.7 * len(races)), layout="constrained", squeeze=False
    )
    for panel, (model, race) in zip(panels[:, 0], races.items(), strict=True):
        names = list(race.speeds)
        panel.barh(names, [race.speed(name) for name in names], color="#7aa6c2")
        for name in names:
            panel.plot(race.speeds[name], [name] * len(race.speeds[name]), "k.")
        panel.invert_yaxis()
        panel.set_title(model, loc="left")
    panels[-1, 0].set_xlabel("seconds of audio a second")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
