"""Where to cut speech that a model can't take at once: in pauses, and into as few parts as these allow.

Every part costs as much as the longest one, so each that is saved is work saved; and parts of about the
same length are finished together when they are decoded together. All cuts of a sound are chosen at once,
by dynamic programming: the one that suits a part best may leave the next ones none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.loudness import FRAME_SAMPLES, QUIET_FRAMES, power_of_frames

PART_PRICE = 0.05
"""What one more part costs, as the power around a cut costs it: 0 in a pause, 1 amid speech of mean power."""

EVENNESS_PRICE = 0.01
"""What a part of full length costs besides, a shorter one by the square of it."""

_FRAMES_A_PLACE = 50
"""Of so many frames in a row only the quietest is a place for a cut."""


def find_cuts(samples: Samples, longest_seconds: float) -> list[int]:
    """The samples at which parts after the first begin; no part is longer than ``longest_seconds``.

    That must be some seconds, so that a part can hold places for a cut.
    """
    longest = int(longest_seconds * SAMPLE_RATE)
    if len(samples) <= longest:
        return []
    places, prices = _places(samples)
    places, prices = [0, *places, len(samples)], [0.0, *prices, 0.0]
    ends, cheapest = np.array(places), np.zeros(len(places))
    came_from = [0] * len(places)
    for here in range(1, len(places)):
        first = int(np.searchsorted(ends, ends[here] - longest))
        lengths = (ends[here] - ends[first:here]) / longest
        totals = cheapest[first:here] + PART_PRICE + EVENNESS_PRICE * np.square(lengths)
        best = int(np.argmin(totals))
        came_from[here] = first + best
        cheapest[here] = totals[best] + prices[here]
    cuts: list[int] = []
    here = came_from[-1]
    while here:
        cuts.append(places[here])
        here = came_from[here]
    return cuts[::-1]


def _places(samples: Samples) -> tuple[list[int], list[float]]:
    """Where a cut could be, as sample indices, and the price of each."""
    loudness = _loudness(samples)
    floor, mean = float(loudness.min()), float(loudness.mean())
    # Sound as loud everywhere is as good to cut everywhere: rounding must not decide.
    scale = max(mean - floor, mean / 1000, float(np.finfo(np.float32).tiny))
    frames = [
        first + int(np.argmin(loudness[first : first + _FRAMES_A_PLACE]))
        for first in range(_FRAMES_A_PLACE, len(loudness) - _FRAMES_A_PLACE, _FRAMES_A_PLACE)
    ]
    return [frame * FRAME_SAMPLES for frame in frames], [
        (float(loudness[frame]) - floor) / scale for frame in frames
    ]


def _loudness(samples: Samples) -> npt.NDArray[np.float64]:
    """The mean power around each border of two frames."""
    power = power_of_frames(samples)
    summed = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    places = np.arange(len(summed))
    first = np.maximum(places - QUIET_FRAMES // 2, 0)
    last = np.minimum(places + QUIET_FRAMES // 2, len(power))
    loudness: npt.NDArray[np.float64] = (summed[last] - summed[first]) / (last - first)
    return loudness
