"""``python -m services.converter.warm``: compiles what librosa compiles when it is first used.

It goes into ``NUMBA_CACHE_DIR``, when an image is built. Else the first analysis of every new container waits
for it: a dozen seconds of one core. numba takes from there only what was compiled for the processor that
``NUMBA_CPU_NAME`` names (https://numba.readthedocs.io/en/stable/reference/envvars.html).
"""

from __future__ import annotations

import io

import numpy as np
import soundfile

from services.converter.operations.analyse import analyse
from shared.domain.audio_operations import AnalyseOptions

_RATE_HZ = 22_050
_SECONDS = 12
"""Longer than the window that tempo is found in."""


def warm() -> None:
    """Take every measure of a sound that has all there is to measure: ticks over noise."""
    samples = 0.01 * np.random.default_rng(1).standard_normal(_RATE_HZ * _SECONDS)
    samples[:: _RATE_HZ // 2] = 0.8
    file = io.BytesIO()
    soundfile.write(file, samples, _RATE_HZ, format="WAV")
    analyse(file, AnalyseOptions())


if __name__ == "__main__":
    warm()
