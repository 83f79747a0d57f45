"""Sounds in which nobody speaks, 20 s each at 16 kHz."""

import numpy as np

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats

SECONDS = 20
CHORD_HZ = (220, 277.2, 329.6, 440)
MAJOR_SCALE_HALF_TONES = (0, 2, 4, 5, 7, 9, 11, 12)
FIRST_NOTE_HZ = 261.6


def nonspeech_sounds() -> dict[str, Floats]:
    """Name -> samples in -1..1."""
    rng = np.random.default_rng(0)
    times_s = np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ

    def sine(hertz: float) -> Floats:
        return np.sin(2 * np.pi * hertz * times_s).astype(np.float32)

    chords = sum(sine(hertz) * (np.sin(np.pi * times_s + index) > 0) for index, hertz in enumerate(CHORD_HZ))
    sounds = {
        "silence": np.zeros(len(times_s)),
        "white": 0.1 * rng.standard_normal(len(times_s)),
        "quiet_white": 0.003 * rng.standard_normal(len(times_s)),
        "chords": 0.15 * np.asarray(chords),
        "melody": 0.3 * _melody(),
        "tone440": 0.3 * sine(440),
        "hum": 0.1 * np.sign(sine(50)),
    }
    return {name: samples.astype(np.float32) for name, samples in sounds.items()}


def _melody() -> Floats:
    """A major scale in half-second notes that die away, five times."""
    times_s = np.arange(SAMPLE_RATE_HZ // 2) / SAMPLE_RATE_HZ
    notes = [
        np.sin(2 * np.pi * FIRST_NOTE_HZ * 2 ** (half_tones / 12) * times_s) * np.exp(-3 * times_s)
        for half_tones in MAJOR_SCALE_HALF_TONES
    ]
    return np.concatenate(notes * 5).astype(np.float32)
