"""Finds where somebody speaks: faster-whisper's voice activity detection (Silero), in small steps.

The library gives its network ten thousand frames at once, which takes a hundred megabytes for what the
layers hand each other. The network carries its state from frame to frame (an LSTM, so the state goes in
and comes out with every call): fewer frames a call give the same probabilities, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from faster_whisper.vad import VadOptions, get_speech_timestamps, get_vad_model

from services.transcriber.audio_decoder import Samples

STEP_FRAMES = 512
"""Sixteen seconds of sound; from 128 to 1024 frames it takes the same time, 8 % less than at once."""

Tensor = npt.NDArray[np.float32]


class Session(Protocol):
    """What is needed of ``onnxruntime.InferenceSession``."""

    def run(self, names: None, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """All outputs: the probability of each frame, then the state, ``h`` and ``c``."""
        ...


class SteppedSession:
    """Runs another session a few frames at a time. ``input`` has one row a frame."""

    def __init__(self, whole: Session) -> None:
        self._whole = whole

    def run(self, names: None, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """What the other session gives for all frames."""
        frames, h, c = inputs["input"], inputs["h"], inputs["c"]
        found: list[Tensor] = []
        for first in range(0, len(frames), STEP_FRAMES):
            step = frames[first : first + STEP_FRAMES]
            probabilities, h, c = self._whole.run(names, {"input": step, "h": h, "c": c})
            found.append(probabilities)
        return np.concatenate(found), h, c


@cache
def load_voice_detection() -> None:
    """Load the network, which the library keeps, so that no job waits for it. Once is enough."""
    network = get_vad_model()
    network.session = SteppedSession(network.session)


def find_voice(samples: Samples, options: VadOptions) -> list[dict[str, Any]]:
    """Stretches with a voice: ``start`` and ``end`` as sample indices."""
    load_voice_detection()
    found: list[dict[str, Any]] = get_speech_timestamps(samples, options)
    return found
