"""The highest level that the sound reaches between its samples: true peak, ITU-R BS.1770-4 annex 2."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.converter.shaping import Samples

_PHASES = np.array(
    [
        "0.0017089843750 0.0109863281250 -0.0196533203125 0.0332031250000 -0.0594482421875 0.1373291015625 "
        "0.9721679687500 -0.1022949218750 0.0476074218750 -0.0266113281250 0.0148925781250 -0.0083007812500",
        "-0.0291748046875 0.0292968750000 -0.0517578125000 0.0891113281250 -0.1665039062500 0.4650878906250 "
        "0.7797851562500 -0.2003173828125 0.1015625000000 -0.0582275390625 0.0330810546875 -0.0189208984375",
    ]
)
"""The standard's interpolating filter, as its table has it: phases 0 and 1; 3 and 2 are these reversed."""

TAPS = 12
CELL = 64
"""Samples that are looked at together."""


def _filters() -> npt.NDArray[np.float32]:
    half = np.array([row.split() for row in _PHASES], np.float32)
    return np.concatenate([half, half[::-1, ::-1]])


def _matrix() -> npt.NDArray[np.float32]:
    """Turns ``CELL + TAPS - 1`` samples into ``4 * CELL`` interpolated ones."""
    matrix = np.zeros((CELL + TAPS - 1, 4 * CELL), np.float32)
    for place in range(CELL):
        for phase, taps in enumerate(_filters()):
            matrix[place : place + TAPS, 4 * place + phase] = taps[::-1]
    return matrix


class TruePeakMeter:
    """Takes blocks of any length. ``peak`` is the highest absolute value so far, linear.

    The filter can raise a cell of samples by no more than the sum of its taps (2.02). Where that would not
    exceed the peak so far nothing needs to be interpolated, which is most of any sound.
    """

    def __init__(self, channels: int) -> None:
        self.peak = 0.0
        self._tail = np.zeros((TAPS - 1, channels), np.float32)
        self._matrix = _matrix()
        self._most_gain = float(np.abs(_filters()).sum(axis=1).max())

    def push(self, samples: Samples) -> None:
        """Look at more: samples, then channels."""
        if not len(samples):
            return
        joined = np.concatenate([self._tail, samples])
        self._tail = joined[-(TAPS - 1) :]
        self.peak = max(self.peak, float(np.abs(samples).max()))
        for channel in range(joined.shape[1]):
            self._look_at(np.ascontiguousarray(joined[:, channel]))

    def _look_at(self, joined: Samples) -> None:
        cells = -(-(len(joined) - TAPS + 1) // CELL)
        padded = np.zeros(cells * CELL + TAPS - 1, np.float32)
        padded[: len(joined)] = joined
        windows = np.lib.stride_tricks.sliding_window_view(padded, CELL + TAPS - 1)[::CELL]
        highest = np.abs(padded[: cells * CELL]).reshape(cells, CELL).max(axis=1)
        following = np.append(highest[1:], np.abs(padded[cells * CELL :]).max(initial=0.0))
        bound = np.maximum(highest, following) * self._most_gain
        # The loudest first: they raise the peak, and most others need not be looked at any more.
        order = np.argsort(bound)[::-1]
        for start in range(0, len(order), 256):
            chosen = order[start : start + 256]
            if bound[chosen[0]] <= self.peak:
                return
            chosen = chosen[bound[chosen] > self.peak]
            self.peak = max(self.peak, float(np.abs(windows[chosen] @ self._matrix).max()))


def decibels(linear: float) -> float | None:
    """DB of full scale; None for digital silence."""
    return 20 * float(np.log10(linear)) if linear > 0 else None
