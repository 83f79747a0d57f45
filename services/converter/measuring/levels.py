"""Levels, clipping, silence and likeness of channels, counted as the sound comes."""

from __future__ import annotations

import numpy as np

from services.converter.measuring.histogram import DecibelHistogram
from services.converter.measuring.true_peak import decibels
from services.converter.shaping import Samples

FRAME_SECONDS = 0.05
SILENCE_DB = -60.0
FULL_SCALE = 32_766 / 32_768
"""What is at least this loud stands at the end of the scale, in sixteen bits as in any other depth."""

CLIPPED_RUN = 3
"""So many samples at the end of the scale in a row are clipped: a mere peak has one or two."""

SIDE_DB = -70.0
"""Channels that differ by less, against what they share, hold the same sound."""


class LevelMeter:
    """Takes blocks of any length: samples, then channels."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._frame = max(1, round(FRAME_SECONDS * rate_hz))
        self._rest = np.empty((0, channels), np.float32)
        self._sum = np.zeros(channels)
        self._squares = np.zeros(channels)
        self._difference = self._shared = 0.0
        self._highest = self._lowest = 0.0
        self._runs = _ClippedRuns(channels)
        self.frames = DecibelHistogram()
        self.samples = 0

    def push(self, samples: Samples) -> None:
        """Count more."""
        if not len(samples):
            return
        self.samples += len(samples)
        self._sum += samples.sum(axis=0, dtype=np.float64)
        self._squares += np.einsum("ij,ij->j", samples, samples, dtype=np.float64)
        self._highest = max(self._highest, float(samples.max()))
        self._lowest = min(self._lowest, float(samples.min()))
        self._runs.push(samples)
        if samples.shape[1] == 2:
            left, right = samples[:, 0], samples[:, 1]
            self._difference += float(np.square(left - right).sum(dtype=np.float64))
            self._shared += float(np.square(left + right).sum(dtype=np.float64))
        joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(joined) // self._frame * self._frame
        self._rest = joined[whole:]
        if whole:
            frames = joined[:whole].reshape(-1, self._frame * joined.shape[1])
            self.frames.add(np.einsum("ij,ij->i", frames, frames) / frames.shape[1])

    @property
    def clipped_share(self) -> float:
        """Share of the samples of all channels that lie in clipped runs."""
        return self._runs.clipped / max(1, self.samples * len(self._sum))

    @property
    def peak_db(self) -> float | None:
        """The highest sample, dB of full scale."""
        return decibels(max(self._highest, -self._lowest))

    @property
    def rms_db(self) -> float | None:
        """Root mean square over everything, dB of full scale."""
        return decibels(float(np.sqrt(self._squares.sum() / max(1, self.samples * len(self._sum)))))

    @property
    def dc_offset(self) -> float:
        """That of the worst channel, as a share of full scale."""
        return float(np.abs(self._sum / max(1, self.samples)).max())

    @property
    def used_percent(self) -> float:
        """From the lowest sample to the highest, in percent of full scale."""
        return min(100.0, (self._highest - self._lowest) * 50)

    @property
    def silence_share(self) -> float:
        """Share of the time that is quieter than -60 dB of full scale."""
        return self.frames.share_below(SILENCE_DB)

    @property
    def dual_mono(self) -> bool | None:
        """Whether both channels of stereo are the same; None for other numbers of channels, and silence."""
        if len(self._sum) != 2 or not self._shared:
            return None
        return self._difference <= self._shared * 10 ** (SIDE_DB / 10)


class _ClippedRuns:
    """Counts samples in runs at the end of the scale, across the borders of blocks."""

    def __init__(self, channels: int) -> None:
        self.clipped = 0
        self._open = np.zeros(channels, np.int64)

    def push(self, samples: Samples) -> None:
        full = np.abs(samples) >= FULL_SCALE
        if not full.any() and not self._open.any():
            return
        for channel in range(samples.shape[1]):
            self._count(channel, full[:, channel])

    def _count(self, channel: int, full: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(np.int8)))
        lengths = edges[1::2] - edges[::2]
        before = int(self._open[channel])
        counted_before = before if before >= CLIPPED_RUN else 0
        if full[0]:
            lengths[0] += before
            self.clipped -= counted_before
        self.clipped += int(lengths[lengths >= CLIPPED_RUN].sum())
        self._open[channel] = lengths[-1] if full[-1] else 0
