"""Percentiles of levels in memory that does not grow: how often each tenth of a decibel occurred."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOWEST_DB = -150.0
STEPS_A_DB = 10


class DecibelHistogram:
    """Counts powers (1 is full scale). What lies below -150 dB counts as -150 dB."""

    def __init__(self) -> None:
        self.counts = np.zeros(int(-LOWEST_DB + 20) * STEPS_A_DB, np.int64)

    def add(self, powers: npt.NDArray[np.floating]) -> None:
        """Count more."""
        levels_db = 10 * np.log10(np.maximum(powers, 10 ** (LOWEST_DB / 10)))
        places = np.clip(((levels_db - LOWEST_DB) * STEPS_A_DB).astype(np.int64), 0, len(self.counts) - 1)
        self.counts += np.bincount(places, minlength=len(self.counts))

    def percentile_db(self, percent: float, *, above_db: float = LOWEST_DB) -> float | None:
        """The level that so many percent of those above ``above_db`` don't exceed; None where none is."""
        counts = np.where(self._levels_db() > above_db, self.counts, 0)
        total = counts.sum()
        if not total:
            return None
        place = int(np.searchsorted(np.cumsum(counts), total * percent / 100))
        return float(self._levels_db()[place])

    def share_below(self, level_db: float) -> float:
        """Which share is quieter."""
        return float(self.counts[self._levels_db() < level_db].sum() / max(1, self.counts.sum()))

    def mean_power_above(self, level_db: float) -> float:
        """The mean of those that are at least so loud."""
        counts = np.where(self._levels_db() >= level_db, self.counts, 0)
        return float((10 ** (self._levels_db() / 10) * counts).sum() / max(1, counts.sum()))

    def _levels_db(self) -> npt.NDArray[np.float64]:
        return LOWEST_DB + (np.arange(len(self.counts)) + 0.5) / STEPS_A_DB
