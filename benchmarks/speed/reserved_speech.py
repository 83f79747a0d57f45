"""Sentences that the bundled model was never trained on, as ``tools.fixture_model reserved`` speaks them.

The bundled samples hold 29: what a model makes of so few is that of those few. Here are 700 a language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from benchmarks.speed.recordings import AFTER_SECONDS, BEFORE_SECONDS, Sentence
from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from tools.fixture_model.recordings import (
    TELEPHONE_RATE_HZ,
    load_test_set,
    noise_level,
    over_telephone,
    with_noise,
)
from tools.fixture_model.sentences import LANGUAGES

SIGNAL_TO_NOISE_DB = 20.0
HISS, LINE_HISS = 1e-4, 1e-3
"""Standard deviations; full scale is 1."""

PEAK = 0.8


def read_reserved(folder: Path) -> Mapping[str, Sequence[Sentence]]:
    """All of them by language: clean, noisy and over the telephone in turn, as the bundled samples are."""
    return {
        language: [
            Sentence(_worsened(spoken.samples, number), spoken.text)
            for number, spoken in enumerate(load_test_set(folder, language))
        ]
        for language in LANGUAGES
    }


def _worsened(samples: Samples, number: int) -> Samples:
    random = np.random.default_rng(number)
    around = int(BEFORE_SECONDS * SAMPLE_RATE), int(AFTER_SECONDS * SAMPLE_RATE)
    sound = np.pad(samples, around)
    match number % 3:
        case 0:
            sound = with_noise(sound, HISS, random)
        case 1:
            sound = with_noise(sound, noise_level(samples, SIGNAL_TO_NOISE_DB), random)
        case _:
            narrow = over_telephone(with_noise(sound, LINE_HISS, random))
            sound = resample_poly(narrow, SAMPLE_RATE // TELEPHONE_RATE_HZ, 1)
    levelled: Samples = (sound / np.abs(sound).max() * PEAK).astype(np.float32)
    return levelled
