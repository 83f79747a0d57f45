"""How loud sound is, frame by frame: cuts lie where it is quiet, and there are no words in silence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples

FRAME_SAMPLES = SAMPLE_RATE // 100
"""A hundredth of a second."""

QUIET_FRAMES = 50
"""Frames whose loudness counts around a cut: half a second, a pause between sentences, not syllables."""


def power_of_frames(samples: Samples, frame_samples: int = FRAME_SAMPLES) -> npt.NDArray[np.float32]:
    """The mean power of each frame; what is left at the end is no frame."""
    frames = len(samples) // frame_samples
    power: npt.NDArray[np.float32] = np.square(
        samples[: frames * frame_samples].reshape(frames, frame_samples)
    ).mean(axis=1)
    return power
