"""Writes sound into a file of one of the formats, as it comes.

FFmpeg in PyAV's wheels encodes all of them but Vorbis, which it can't (libsndfile does), and MP3, at which
it is slow (see :mod:`services.converter.lame`).
"""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import IO, Protocol, Self, cast

import av
import numpy as np
import soundfile

from services.converter.encodings import Encoding
from services.converter.lame import LameEncoder
from services.converter.shaping import Shape, array_of
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

BUFFER_BYTES = 1 << 20
VORBIS_PIECE_SAMPLES = 16_384
"""libvorbis takes memory from the stack for each piece it is given."""

VORBIS_ORDER = {3: (0, 2, 1), 5: (0, 2, 1, 3, 4), 6: (0, 2, 1, 4, 5, 3), 8: (0, 2, 1, 6, 7, 4, 5, 3)}
"""FFmpeg's channels in the order of the Vorbis I specification, section 4.3.9."""


class Encoder(Protocol):
    """A file that is being written. Use it as a context manager: its end completes the file."""

    def write(self, frame: av.AudioFrame) -> None:
        """Sound of the shape that the encoder was made for."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_encoder(target: IO[bytes], encoding: Encoding, layout: str, rate_hz: int) -> Encoder:
    """An encoder that writes to ``target``, a file of the operating system; see :func:`shape_for`.

    Raises ``PermanentError(FORMAT_IMPOSSIBLE)`` where the codec refuses the shape.
    """
    shape = shape_for(encoding, layout, rate_hz)
    if encoding.codec == "vorbis":
        return VorbisEncoder(target, encoding, shape)
    if encoding.codec == "libmp3lame":
        return LameEncoder(target, encoding, shape)
    return FfmpegEncoder(target, encoding, shape)


def shape_for(encoding: Encoding, layout: str, rate_hz: int) -> Shape:
    """What the encoder wants its sound to be."""
    return Shape(encoding.sample_format, layout, rate_hz)


class FfmpegEncoder:
    """The formats that FFmpeg's libraries encode well. The same sound gives the same bytes."""

    def __init__(self, target: IO[bytes], encoding: Encoding, shape: Shape) -> None:
        muxer_options = {name: value for name, value in encoding.options.items() if name == "rf64"}
        codec_options = {name: value for name, value in encoding.options.items() if name != "rf64"}
        self._container = av.open(
            target,
            "w",
            format=encoding.muxer,
            buffer_size=BUFFER_BYTES,
            container_options={"fflags": "+bitexact", **muxer_options},
        )
        self._written = 0
        self._time_base = Fraction(1, shape.rate_hz)
        try:
            self._stream = cast(
                av.AudioStream,
                self._container.add_stream(
                    encoding.codec, rate=shape.rate_hz, layout=shape.layout, options=codec_options
                ),
            )
            self._stream.format = av.AudioFormat(shape.sample_format)
            if encoding.bit_rate is not None:
                self._stream.bit_rate = encoding.bit_rate
            self._container.start_encoding()
        except (av.FFmpegError, ValueError) as error:
            self._container.close()
            what = f"{shape.rate_hz} Hz with {shape.channels} channels"
            raise PermanentError(Fault.FORMAT_IMPOSSIBLE, format=encoding.muxer, what=what) from error

    def write(self, frame: av.AudioFrame) -> None:
        """Encode and write what is complete."""
        frame.pts = self._written
        frame.time_base = self._time_base
        self._written += frame.samples
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


class VorbisEncoder:
    """Ogg Vorbis by libsndfile."""

    def __init__(self, target: IO[bytes], encoding: Encoding, shape: Shape) -> None:
        self._order = VORBIS_ORDER.get(shape.channels)
        self._channels = shape.channels
        try:
            self._file = soundfile.SoundFile(
                target,
                "w",
                samplerate=shape.rate_hz,
                channels=shape.channels,
                format="OGG",
                subtype="VORBIS",
                compression_level=1.0 - encoding.vorbis_quality,
            )
        except soundfile.LibsndfileError as error:
            what = f"{shape.rate_hz} Hz with {shape.channels} channels"
            raise PermanentError(Fault.FORMAT_IMPOSSIBLE, format="ogg", what=what) from error

    def write(self, frame: av.AudioFrame) -> None:
        """Encode and write what is complete."""
        samples = array_of(frame).reshape(-1, self._channels)
        if self._order is not None:
            samples = samples[:, list(self._order)]
        for start in range(0, len(samples), VORBIS_PIECE_SAMPLES):
            self._file.write(np.ascontiguousarray(samples[start : start + VORBIS_PIECE_SAMPLES]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
