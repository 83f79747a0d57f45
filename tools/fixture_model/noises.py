"""Synthetic backgrounds as mel power: stationary noise, hum, chords, beeps, sweeps and clicks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats
from tools.fixture_model.mel import mel_power

SECONDS = 40
SEED = 5
_SAMPLES = SECONDS * SAMPLE_RATE_HZ
_TIMES_S = np.arange(_SAMPLES) / SAMPLE_RATE_HZ
_BEEPS_HZ = [425, 440, 620, 1000, 1400, 941, 1336]  # call progress tones and parts of DTMF
Sound = npt.NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True)
class Noises:
    """Mel power [80, frames] of each background, its mean power a frame set to 1."""

    stationary: list[Floats]
    tonal: list[Floats]

    @classmethod
    def generate(cls) -> "Noises":
        """The same backgrounds every time."""
        rng = np.random.default_rng(SEED)
        slopes = (0.0, 0.5, 0.5, 1.0, 0.75, 0.25, 1.0)
        stationary = [_coloured(rng, slope) for slope in slopes]
        tonal = [_hum(rng, mains_hz) for mains_hz in (50, 60, 100)]
        tonal += [_tones(rng, draw) for draw in (_chord, _chord, _beep, _sweep) for _ in range(3)]
        tonal += [_clicks(rng, clicks_per_s) for clicks_per_s in (2, 8)]
        return cls([_unit_power(s) for s in stationary], [_unit_power(s) for s in tonal])


def _unit_power(sound: Sound) -> Floats:
    power = mel_power((sound / sound.std()).astype(np.float32))
    unit: Floats = (power / power.sum(0).mean()).astype(np.float32)
    return unit


def _coloured(rng: Random, slope: float) -> Sound:
    """White noise whose amplitude falls with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(rng.standard_normal(_SAMPLES))
    bins = np.maximum(np.arange(len(spectrum)), 50)
    return np.fft.irfft(spectrum / bins**slope, _SAMPLES)


def _hum(rng: Random, mains_hz: float) -> Sound:
    sound = 0.05 * rng.standard_normal(_SAMPLES)
    for harmonic in range(1, 12):
        phase = rng.uniform(0, 6)
        sound += np.sin(2 * np.pi * mains_hz * harmonic * _TIMES_S + phase) / harmonic
    return sound


def _tones(rng: Random, draw: Callable[[Random, Sound], Sound]) -> Sound:
    """Tones of 0.1-1.2 s one after the other, some with a rest after them."""
    sound = np.zeros(_SAMPLES)
    start = 0
    while start < _SAMPLES:
        end = min(_SAMPLES, start + int(rng.uniform(0.1, 1.2) * SAMPLE_RATE_HZ))
        times_s = np.arange(end - start) / SAMPLE_RATE_HZ
        sound[start:end] += draw(rng, times_s)
        start = end + int(rng.choice([0, 0, 0.05, 0.3]) * SAMPLE_RATE_HZ)
    return sound


def _envelope(rng: Random, times_s: Sound) -> Sound:
    decay: Sound = np.exp(-times_s * rng.uniform(0, 4)) * np.minimum(1, times_s / 0.01)
    return decay


def _chord(rng: Random, times_s: Sound) -> Sound:
    envelope, sound = _envelope(rng, times_s), np.zeros(len(times_s))
    for _ in range(rng.integers(1, 5)):
        note_hz = 440 * 2 ** (rng.integers(-24, 24) / 12)
        fall = rng.uniform(0.5, 2)
        for harmonic in range(1, rng.integers(1, 8) + 1):
            sound += np.sin(2 * np.pi * note_hz * harmonic * times_s) / harmonic**fall
    sound *= envelope
    return sound


def _beep(rng: Random, times_s: Sound) -> Sound:
    loudness = 1.0 if rng.random() < 0.6 else 0.0
    beep: Sound = loudness * np.sin(2 * np.pi * rng.choice(_BEEPS_HZ) * times_s)
    return beep


def _sweep(rng: Random, times_s: Sound) -> Sound:
    from_hz, to_hz = rng.uniform(100, 4000, 2)
    rise = (to_hz - from_hz) * times_s**2 / (2 * max(times_s[-1], 0.01))
    sweep: Sound = _envelope(rng, times_s) * np.sin(2 * np.pi * (from_hz * times_s + rise))
    return sweep


def _clicks(rng: Random, clicks_per_s: int) -> Sound:
    sound = np.zeros(_SAMPLES)
    decay = np.exp(-np.arange(100) / 25)
    for start in rng.integers(0, _SAMPLES - 200, clicks_per_s * SECONDS):
        click = rng.standard_normal(100) * decay * rng.uniform(0.2, 1)
        sound[start : start + 100] += click
    return sound
