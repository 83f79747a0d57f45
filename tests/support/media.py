"""Media files for tests, made on the spot: good ones, odd ones and broken ones. Uses PyAV and NumPy only."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).resolve().parents[2] / "models" / "fixture" / "samples"
"""Clips that the bundled model understands; ``samples.json`` beside them says what is said."""

Audio = NDArray[np.float32]
"""Mono samples, -1 to 1."""


def tone(seconds: float, *, rate_hz: int = 16_000, frequency_hz: float = 440.0) -> Audio:
    """A sine at -6 dBFS."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * frequency_hz * time)).astype(np.float32)


def silence(seconds: float, *, rate_hz: int = 16_000) -> Audio:
    """Digital silence."""
    return np.zeros(int(seconds * rate_hz), dtype=np.float32)


def noise(seconds: float, *, rate_hz: int = 16_000, level: float = 0.05, seed: int = 1) -> Audio:
    """White noise, the same for the same seed."""
    generator = np.random.default_rng(seed)
    return (level * generator.standard_normal(int(seconds * rate_hz))).astype(np.float32)


def read_audio(path: Path, *, rate_hz: int = 16_000) -> Audio:
    """A media file as mono at ``rate_hz``."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
    parts: list[Audio] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts.extend(out.to_ndarray()[0] for out in resampler.resample(frame))
    parts.extend(out.to_ndarray()[0] for out in resampler.resample(None))
    return np.concatenate(parts).astype(np.float32)


def encode(
    audio: Audio,
    *,
    container: str,
    codec: str,
    rate_hz: int = 16_000,
    layout: str = "mono",
    bit_rate: int | None = None,
    flush: bool = True,
) -> bytes:
    """``audio`` in any container and codec FFmpeg writes, the same signal on every channel of ``layout``.

    Without ``flush`` the encoder is not asked for what it still holds: FFmpeg's Ogg writer refuses FLAC's.
    """
    target = io.BytesIO()
    with av.open(target, mode="w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout)
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        channels = len(av.AudioLayout(layout).channels)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(np.tile(audio, (channels, 1))), format="fltp", layout=layout
        )
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(
            format=stream.format.name, layout=layout, rate=rate_hz, frame_size=stream.frame_size or 1024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        if flush:
            output.mux(stream.encode(None))
    return target.getvalue()


def wav(audio: Audio, *, rate_hz: int = 16_000) -> bytes:
    """16-bit mono WAV."""
    target = io.BytesIO()
    with wave.open(target, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(rate_hz)
        output.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    return target.getvalue()


def video(seconds: float, *, audio: Audio | None, rate_hz: int = 16_000) -> bytes:
    """An MP4 of a grey picture, with ``audio`` as AAC track or without any."""
    target = io.BytesIO()
    with av.open(target, mode="w", format="mp4") as output:
        pictures = output.add_stream("mpeg4", rate=5, width=64, height=64, pix_fmt="yuv420p")
        sound = None if audio is None else output.add_stream("aac", rate=rate_hz, layout="mono")
        for index in range(int(seconds * 5)):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 100, np.uint8), format="rgb24")
            picture.pts = index
            output.mux(pictures.encode(picture))
        output.mux(pictures.encode(None))
        if sound is not None and audio is not None:
            frame = av.AudioFrame.from_ndarray(audio[np.newaxis, :], format="fltp", layout="mono")
            frame.sample_rate = rate_hz
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate_hz, frame_size=1024)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                output.mux(sound.encode(piece))
            output.mux(sound.encode(None))
    return target.getvalue()


def cut_off(content: bytes, share: float = 0.6) -> bytes:
    """The first part of a file, as a broken transfer leaves it."""
    return content[: int(len(content) * share)]
