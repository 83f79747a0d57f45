"""Distortion and noise beside a test tone, after AES17: THD+N and signal-to-noise ratio.

Both are unweighted and reach from 20 Hz to half the sampling rate. They say something of a tone only: of
music, everything but its strongest note would be distortion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from services.converter.shaping import Samples

SEGMENT = 65_536
LEAST = 4_096
KAISER_BETA = 38.0
"""Side lobes lie below -270 dB: what is seen beside the tone is in the sound."""

LOBE_BINS = 14
"""The main lobe reaches so far to either side."""

HARMONICS = 10
TONE_SHARE = 0.5
"""Sound is a tone if one frequency holds this much of its power, from beginning to end."""

ALL_OF_SECONDS = 120
ONE_IN = 10
"""After two minutes, a tenth of the sound is looked at."""


@dataclass(frozen=True)
class ToneQuality:
    """In dB, of the worst channel: ``thd_plus_n`` (negative) and ``snr``."""

    frequency_hz: float
    thd_plus_n: float
    snr: float


class ToneMeter:
    """Takes blocks of any length and averages their power spectra."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._rest = np.empty((0, channels), np.float32)
        self._power = np.zeros((SEGMENT // 2 + 1, channels))
        self._seen = 0
        self._window = signal.windows.kaiser(SEGMENT, KAISER_BETA)[:, np.newaxis]

    def push(self, samples: Samples) -> None:
        """Look at more."""
        joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        while len(joined) >= SEGMENT:
            if self._seen * SEGMENT < ALL_OF_SECONDS * self._rate_hz or self._seen % ONE_IN == 0:
                self._power += np.square(np.abs(fft.rfft(joined[:SEGMENT] * self._window, axis=0)))
            self._seen += 1
            joined = joined[SEGMENT:]
        self._rest = joined

    def quality(self) -> ToneQuality | None:
        """What a tone is worth; None for any other sound, and for less than 4,096 samples."""
        power = self._power
        if not self._seen:
            if len(self._rest) < LEAST:
                return None
            window = signal.windows.kaiser(len(self._rest), KAISER_BETA)[:, np.newaxis]
            power = np.square(np.abs(fft.rfft(self._rest * window, axis=0)))
        found = [self._of_channel(power[:, channel]) for channel in range(power.shape[1])]
        tones = [quality for quality in found if quality is not None]
        return max(tones, key=lambda quality: quality.thd_plus_n) if tones else None

    def _of_channel(self, power: npt.NDArray[np.float64]) -> ToneQuality | None:
        bin_hz = self._rate_hz / (2 * (len(power) - 1))
        lowest = max(LOBE_BINS + 1, int(20 / bin_hz))
        power = power.copy()
        power[:lowest] = 0
        total = power.sum()
        if not total:
            return None
        fundamental = int(np.argmax(power))
        lobes = np.zeros(len(power), bool)
        lobes[_lobe(fundamental)] = True
        tone = power[lobes].sum()
        if tone < TONE_SHARE * total:
            return None
        for harmonic in range(2, HARMONICS + 1):
            place = round(_centre(power, fundamental) * harmonic)
            if place < len(power):
                lobes[_lobe(place)] = True
        beside = ~lobes
        beside[:lowest] = False
        noise_a_bin = power[beside].mean() if beside.any() else 0.0
        tone_alone = max(tone - noise_a_bin * (2 * LOBE_BINS + 1), 1e-30)
        noise = noise_a_bin * (len(power) - lowest)
        rest = max(total - tone_alone, 1e-30 * total)
        return ToneQuality(
            frequency_hz=_centre(power, fundamental) * bin_hz,
            thd_plus_n=float(10 * np.log10(rest / total)),
            snr=float(10 * np.log10(tone_alone / max(noise, 1e-20 * tone_alone))),
        )


def _lobe(place: int) -> slice:
    return slice(max(0, place - LOBE_BINS), place + LOBE_BINS + 1)


def _centre(power: npt.NDArray[np.float64], place: int) -> float:
    """Between bins, where the lobe has its weight."""
    lobe = _lobe(place)
    bins = np.arange(lobe.start, lobe.start + len(power[lobe]))
    return float((bins * power[lobe]).sum() / power[lobe].sum())
