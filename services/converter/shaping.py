"""Sound in the shape that its taker needs: sample format, channels and rate, in large pieces.

Frames of a file hold about a thousand samples, and each call for one costs more than its work: they are
gathered before anything is done with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

GROUP_SAMPLES = 65_536

Samples = npt.NDArray[np.float32]
"""Two-dimensional: samples, then channels; full scale is -1 to 1."""

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""What so many channels are taken for where a file doesn't say, and what every encoder takes."""


@dataclass(frozen=True)
class Shape:
    """What sound looks like in memory: FFmpeg's names of sample format and channel layout."""

    sample_format: str
    layout: str
    rate_hz: int

    @classmethod
    def of(cls, frame: av.AudioFrame) -> Shape:
        """That of a frame."""
        return cls(frame.format.name, frame.layout.name, frame.sample_rate)

    @property
    def channels(self) -> int:
        """How many."""
        return av.AudioLayout(self.layout).nb_channels


def shaped(frames: Iterable[av.AudioFrame], shape: Shape) -> Iterator[av.AudioFrame]:
    """The same sound in another shape, in pieces of at least :data:`GROUP_SAMPLES`, the last excepted.

    Broadcasts change from stereo to 5.1 in mid-stream: what comes out keeps its shape. Times are dropped,
    as samples are counted. Raises ``PermanentError(UNREADABLE_MEDIA)`` for channels that can't be mixed.
    """
    current: _Reshaper | None = None
    for frame in frames:
        if current is not None and current.takes != Shape.of(frame):
            yield from current.rest()
            current = None
        current = current or _Reshaper(frame, shape)
        yield from current.push(frame)
    if current is not None:
        yield from current.rest()


def samples_of(frames: Iterable[av.AudioFrame], *, rate_hz: int, layout: str) -> Iterator[Samples]:
    """The sound as arrays."""
    channels = av.AudioLayout(layout).nb_channels
    for frame in shaped(frames, Shape("flt", layout, rate_hz)):
        yield array_of(frame).reshape(-1, channels)


def array_of(frame: av.AudioFrame) -> Samples:
    """The samples of a frame in the format ``flt``: one row of all channels in turn."""
    return frame.to_ndarray().astype(np.float32, copy=False)


class _Reshaper:
    def __init__(self, first: av.AudioFrame, shape: Shape) -> None:
        self.takes = Shape.of(first)
        self._fifo = av.AudioFifo()
        self._resampler = (
            None
            if self.takes == shape
            else av.AudioResampler(format=shape.sample_format, layout=shape.layout, rate=shape.rate_hz)
        )

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        frame.pts = None
        self._fifo.write(frame)
        if self._fifo.samples >= GROUP_SAMPLES:
            yield from self._out(self._fifo.read())

    def rest(self) -> Iterator[av.AudioFrame]:
        if self._fifo.samples:
            yield from self._out(self._fifo.read())
        if self._resampler is not None:
            yield from self._out(None)

    def _out(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        if self._resampler is None:
            if frame is not None:
                yield frame
            return
        try:
            yield from self._resampler.resample(frame)
        except (av.FFmpegError, ValueError) as error:
            raise PermanentError(Fault.UNREADABLE_MEDIA) from error
