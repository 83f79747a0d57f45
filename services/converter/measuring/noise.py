"""The noise under speech or music: what each band of frequencies falls back to when nothing sounds in it.

A band's 10th percentile over the whole file lies a known little below the mean of steady noise (the power of
``k`` independent bins has a gamma distribution), and far below whatever comes and goes. A sound that never
pauses in a band counts as noise there: a steady hum is noise, and so is an organ's pedal.
"""

from __future__ import annotations

import numpy as np
from scipy import fft, stats

from services.converter.measuring.histogram import DecibelHistogram
from services.converter.shaping import Samples

WINDOW = 2_048
BANDS = 24
PERCENT = 10.0
GATE_DB = -10.0
"""The signal is what is at most this much quieter than the mean, and twice the noise: pauses don't count."""

MOST_DB = 120.0
HANN_CORRELATION = 1.5
"""Neighbouring bins under a Hann window are not independent: so many count as one."""


class NoiseMeter:
    """Takes blocks of any length; looks at windows that don't overlap, all channels together."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.float32)
        self._bands = [DecibelHistogram() for _ in range(BANDS)]
        self._whole = DecibelHistogram()
        self._window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self._edges = np.linspace(1, WINDOW // 2, BANDS + 1).astype(int)
        self._scale = 2 / (WINDOW * np.square(self._window).sum())

    def push(self, samples: Samples) -> None:
        """Look at more: samples, then channels."""
        mono = samples.mean(axis=1) if samples.shape[1] > 1 else samples[:, 0]
        joined = np.concatenate([self._rest, mono])
        whole = len(joined) // WINDOW * WINDOW
        self._rest = joined[whole:]
        if not whole:
            return
        spectra = fft.rfft(joined[:whole].reshape(-1, WINDOW) * self._window, axis=1)
        power = (np.square(spectra.real) + np.square(spectra.imag)) * self._scale
        bands = np.add.reduceat(power[:, : self._edges[-1]], self._edges[:-1], axis=1)
        self._whole.add(bands.sum(axis=1))
        for band, histogram in enumerate(self._bands):
            histogram.add(bands[:, band])

    @property
    def floor_power(self) -> float:
        """The noise's power (1 is full scale)."""
        total = 0.0
        for band, histogram in enumerate(self._bands):
            level_db = histogram.percentile_db(PERCENT)
            independent = (self._edges[band + 1] - self._edges[band]) / HANN_CORRELATION
            below_mean = stats.gamma.ppf(PERCENT / 100, independent) / independent
            total += 10 ** (level_db / 10) / below_mean if level_db is not None else 0.0
        return total

    @property
    def snr(self) -> float | None:
        """Signal-to-noise ratio in dB, at most 120; None where nothing sounds, or nothing pauses."""
        mean = self._whole.mean_power_above(-120.0)
        if mean <= 0:
            return None
        noise = self.floor_power
        gate = max(mean * 10 ** (GATE_DB / 10), 2 * noise)
        signal = self._whole.mean_power_above(10 * float(np.log10(gate)))
        if not signal:
            return None
        return min(MOST_DB, 10 * float(np.log10((signal - noise) / max(noise, 1e-14))))
