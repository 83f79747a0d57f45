"""The files of a day: when each comes and how long it is. The same seed gives the same day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY_SECONDS = 86_400
USUAL_FILES = 100_000
SPIKE_FILES = 200_000
SPIKE_BEGINS_SECONDS = 10 * 3600
SPIKE_LASTS_SECONDS = 3600

MEAN_AUDIO_SECONDS = 600.0
SHORTEST_AUDIO_SECONDS, LONGEST_AUDIO_SECONDS = 10.0, 1200.0
"""Longer files are cut into chunks of about ten minutes, each a message of its own."""
_SPREAD = 0.5

HOURLY = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 7, 8, 9, 9, 8, 7, 5, 4, 4, 3, 3, 2)
"""The curve: how the day's files fall on its hours, as weights. An office's day, not a measurement."""


@dataclass(frozen=True)
class Arrivals:
    """Files in the order that they come: seconds since midnight, and seconds of audio."""

    at_seconds: NDArray[np.float64]
    audio_seconds: NDArray[np.float64]


def usual_day(seed: int, *, files: int = USUAL_FILES) -> Arrivals:
    """Files spread over a day by the curve."""
    random = np.random.default_rng(seed)
    return _arrivals(random, _by_curve(random, files))


def spike_day(seed: int, *, files: int = USUAL_FILES, spike_files: int = SPIKE_FILES) -> Arrivals:
    """A usual day, and twice as many files again within one hour."""
    random = np.random.default_rng(seed)
    spike = SPIKE_BEGINS_SECONDS + random.random(spike_files) * SPIKE_LASTS_SECONDS
    return _arrivals(random, np.concatenate([_by_curve(random, files), spike]))


def _by_curve(random: np.random.Generator, files: int) -> NDArray[np.float64]:
    share = np.array(HOURLY) / sum(HOURLY)
    hours = random.choice(len(HOURLY), size=files, p=share)
    return (hours + random.random(files)) * 3600


def _arrivals(random: np.random.Generator, at_seconds: NDArray[np.float64]) -> Arrivals:
    # A lognormal's mean is exp(mu + sigma^2 / 2).
    mu = np.log(MEAN_AUDIO_SECONDS) - _SPREAD**2 / 2
    lengths = np.clip(
        random.lognormal(mu, _SPREAD, size=len(at_seconds)), SHORTEST_AUDIO_SECONDS, LONGEST_AUDIO_SECONDS
    )
    return Arrivals(at_seconds=np.sort(at_seconds), audio_seconds=lengths)
