"""Cuts exactly at samples, in one pass over the file; what lies behind the last cut is not read.

Where two pieces adjoin and are to be cross-faded, each goes on a little into the other::

    first   ────────────────╲            ╲ and ╱ lie over each other: added up, they are the original
    second             ╱──────────────
                       ↑ cut - half   ↑ cut + half
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any

import av
import numpy as np
import numpy.typing as npt

from services.converter.cutting.pieces import Piece
from services.converter.encoder import Encoder
from services.converter.scratch import scratch_file
from services.converter.shaping import Shape, shaped
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

FADE_MS = 10.0
Block = npt.NDArray[Any]
"""Samples of any kind: a row a moment, a column a channel."""

END_TOLERANCE_MS = 50.0
"""A time may lie this far behind the end: headers round the lengths that callers go by."""


@dataclass(frozen=True)
class Cut:
    """A piece in samples; its fades lie within ``start`` and ``end``. ``end`` None: to the end."""

    piece: Piece
    start: int
    end: int | None
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True)
class CutPiece:
    """A finished piece: its file is the taker's to close. Times in milliseconds."""

    piece: Piece
    file: IO[bytes]
    start_ms: float
    end_ms: float


def cuts_of(pieces: list[Piece], rate_hz: int, *, cross_fade: bool) -> list[Cut]:
    """The pieces, which are in order, on the grid of samples."""
    spans = [
        (
            round(piece.start_ms * rate_hz / 1000),
            None if piece.end_ms is None else round(piece.end_ms * rate_hz / 1000),
        )
        for piece in pieces
    ]
    fades = [0]
    for (start, end), (following, last) in pairwise(spans):
        fade = 0
        if cross_fade and end == following:
            shorter = min(end - start, (last or end + rate_hz) - following)
            fade = min(round(FADE_MS * rate_hz / 1000), shorter) // 2 * 2
        fades.append(fade)
    fades.append(0)
    return [
        Cut(
            piece,
            start - fade_in // 2,
            None if end is None else end + fade_out // 2,
            fade_in,
            fade_out,
        )
        for piece, (start, end), fade_in, fade_out in zip(pieces, spans, fades, fades[1:], strict=False)
    ]


def cut(
    frames: Iterable[av.AudioFrame],
    cuts: list[Cut],
    shape: Shape,
    encoder_into: Callable[[IO[bytes]], Encoder],
) -> Iterator[CutPiece]:
    """Each piece as soon as it is whole.

    Raises ``PermanentError(SEGMENT_OUTSIDE_AUDIO)`` at the end of sound that is too short for them.
    """
    waiting, position = list(cuts), 0
    with ExitStack() as files:
        writing: list[_PieceWriter] = []
        for frame in shaped(frames, shape):
            samples = _rows(frame, shape)
            until = position + len(samples)
            due, writing = writing, []
            while due or (waiting and waiting[0].start < until):
                # One after the other, however many end in this block: each is a file, and may be a process.
                writer = due.pop(0) if due else _PieceWriter(waiting.pop(0), shape, encoder_into, files)
                writer.write(samples, position)
                if writer.cut.end is not None and writer.cut.end <= until:
                    yield writer.finish(writer.cut.end)
                else:
                    writing.append(writer)
            position = until
            if not writing and not waiting:
                return
        tolerance = round(END_TOLERANCE_MS * shape.rate_hz / 1000)
        for writer in writing:
            if writer.cut.end is not None and writer.cut.end > position + tolerance:
                raise _outside(writer.cut.piece, position / shape.rate_hz)
            yield writer.finish(position)
        for unreached in waiting:
            raise _outside(unreached.piece, position / shape.rate_hz)


def cut_into(encoder: Encoder, frames: Iterable[av.AudioFrame], wanted: Cut, shape: Shape) -> int:
    """Write one cut, which has an end, and read no further. Gives how many samples there were of it."""
    position = written = 0
    for frame in shaped(frames, shape):
        samples = _rows(frame, shape)
        part = samples[max(wanted.start - position, 0) : max((wanted.end or 0) - position, 0)]
        position += len(samples)
        if len(part):
            encoder.write(_frame(part, shape))
            written += len(part)
        if wanted.end is not None and position >= wanted.end:
            break
    return written


def _outside(piece: Piece, seconds: float) -> PermanentError:
    return PermanentError(
        Fault.SEGMENT_OUTSIDE_AUDIO,
        what=f"the segment {piece.name!r}",
        duration_seconds=round(seconds, 3),
    )


class _PieceWriter:
    def __init__(
        self, cut: Cut, shape: Shape, encoder_into: Callable[[IO[bytes]], Encoder], files: ExitStack
    ) -> None:
        self.cut = cut
        self._shape = shape
        self._own = ExitStack()
        files.push(self._own)
        self._file = self._own.enter_context(scratch_file())
        self._encoder = self._own.enter_context(encoder_into(self._file))

    def write(self, samples: Block, position: int) -> None:
        """The part of a block, which begins at ``position``, that belongs to the piece."""
        first = max(self.cut.start - position, 0)
        last = len(samples) if self.cut.end is None else min(self.cut.end - position, len(samples))
        if first >= last:
            return
        self._encoder.write(_frame(self._faded(samples[first:last], position + first), self._shape))

    def finish(self, end: int) -> CutPiece:
        """Complete the file and hand it over."""
        self._encoder.__exit__(None, None, None)
        self._own.pop_all()
        milliseconds = 1000 / self._shape.rate_hz
        return CutPiece(self.cut.piece, self._file, self.cut.start * milliseconds, end * milliseconds)

    def _faded(self, samples: Block, position: int) -> Block:
        cut, until = self.cut, position + len(samples)
        if position >= cut.start + cut.fade_in and (cut.end is None or until <= cut.end - cut.fade_out):
            return samples
        places = np.arange(position, until)
        gains = np.ones(len(samples))
        if cut.fade_in:
            gains = np.minimum(gains, (places - cut.start + 0.5) / cut.fade_in)
        if cut.fade_out and cut.end is not None:
            gains = np.minimum(gains, (cut.end - places - 0.5) / cut.fade_out)
        faded = samples * gains[:, np.newaxis]
        whole: Block = np.round(faded) if samples.dtype.kind == "i" else faded
        return whole.astype(samples.dtype)


def _rows(frame: av.AudioFrame, shape: Shape) -> Block:
    """The samples of a frame, a row a moment."""
    array = frame.to_ndarray()
    return array.T if frame.format.is_planar else array.reshape(-1, shape.channels)


def _frame(rows: Block, shape: Shape) -> av.AudioFrame:
    planar = av.AudioFormat(shape.sample_format).is_planar
    array = np.ascontiguousarray(rows.T if planar else rows.reshape(1, -1))
    frame = av.AudioFrame.from_ndarray(array, format=shape.sample_format, layout=shape.layout)
    frame.sample_rate = shape.rate_hz
    return frame
