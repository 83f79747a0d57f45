"""Mel power spectrograms as faster-whisper computes them, before its logarithm."""

from functools import cache
from typing import Any

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor

from tools.fixture_model.arrays import Floats

FFT_SAMPLES, HOP_SAMPLES = 400, 160


@cache
def _filters() -> tuple[Any, Any]:
    window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)
    return torch.from_numpy(FeatureExtractor().mel_filters), torch.from_numpy(window)


def mel_power(samples: Floats) -> Floats:
    """Samples at 16 kHz -> power [80 bands, frames of 10 ms]."""
    filters, window = _filters()
    spectrum = torch.stft(
        torch.from_numpy(np.asarray(samples, np.float32)),
        FFT_SAMPLES,
        HOP_SAMPLES,
        window=window,
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    power: Floats = (filters @ spectrum.abs() ** 2).numpy()
    return power
