"""Writes the sound files that the figures and samples are made with."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats


def write_wav(path: Path, samples: Floats, rate_hz: int = SAMPLE_RATE_HZ) -> Path:
    """Mono PCM of 16 bits from samples in -1..1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(_pcm16(samples).tobytes())
    return path


def write_encoded(path: Path, samples: Floats, codec: str, bit_rate: int | None = None) -> Path:
    """Mono at 16 kHz with one of FFmpeg's encoders; the container follows from the suffix."""
    planar = codec == "libmp3lame"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=SAMPLE_RATE_HZ, layout="mono")
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{codec} is no audio encoder")
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(
            _pcm16(samples)[None], format="s16p" if planar else "s16", layout="mono"
        )
        frame.rate, frame.time_base = SAMPLE_RATE_HZ, Fraction(1, SAMPLE_RATE_HZ)
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def _pcm16(samples: Floats) -> npt.NDArray[np.int16]:
    return np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)
