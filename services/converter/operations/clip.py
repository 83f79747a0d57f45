"""A short stretch of a file, to listen to: only what it takes is read of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import av

from services.converter.cutting.cutter import Cut, cut_into
from services.converter.cutting.pieces import Piece
from services.converter.encoder import open_encoder, shape_for
from services.converter.encodings import encoding_for
from services.converter.input_file import rate_for
from services.converter.shaping import LAYOUTS
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.audio_operations import ClipOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.audio_source import Source
from shared.media.audio_track import AudioTrack, CannotSeek


@dataclass(frozen=True)
class Clip:
    """Where the clip lies in the file; it is shorter than asked for where the file ends."""

    start_ms: int
    duration_ms: int


def clip(source: Source, target: IO[bytes], options: ClipOptions) -> Clip:
    """Write the stretch as MP3 into ``target``, a file of the operating system.

    Raises ``PermanentError``: SEGMENT_OUTSIDE_AUDIO for one that begins at the end or later,
    UNREADABLE_MEDIA, NO_AUDIO_TRACK.
    """
    try:
        return _clip(source, target, options, seek=True)
    except CannotSeek:
        target.seek(0)
        target.truncate()
        return _clip(source, target, options, seek=False)


def _clip(source: Source, target: IO[bytes], options: ClipOptions, *, seek: bool) -> Clip:
    source.seek(0)
    track = AudioTrack(source, fast_seek=seek)
    try:
        start_seconds = options.start_time_ms / 1000
        begun, frames = _begun(track, start_seconds) if seek else (0.0, track.frames())
        rate_hz = rate_for(AudioFormat.MP3, track.rate_hz)
        layout = LAYOUTS[min(track.layout.nb_channels, FORMATS[AudioFormat.MP3].max_channels)]
        encoding = encoding_for(
            AudioFormat.MP3, "medium", channels=len(av.AudioLayout(layout).channels), depth="s16"
        )
        start = round((start_seconds - begun) * rate_hz)
        wanted = Cut(
            Piece(options.start_time_ms, None, "clip"),
            start,
            start + round(options.duration_ms * rate_hz / 1000),
        )
        shape = shape_for(encoding, layout, rate_hz)
        with open_encoder(target, encoding, layout, rate_hz) as encoder:
            written = cut_into(encoder, frames, wanted, shape)
    finally:
        track.close()
    if not written:
        raise PermanentError(
            Fault.SEGMENT_OUTSIDE_AUDIO,
            what=f"the clip from {start_seconds:.3f} s on",
            duration_seconds=round(track.header_seconds or 0, 3),
        )
    return Clip(options.start_time_ms, round(written * 1000 / rate_hz))


def _begun(track: AudioTrack, start_seconds: float) -> tuple[float, Iterator[av.AudioFrame]]:
    """The sound from a little before the start on, and when that is. Raises :class:`CannotSeek`."""
    frames = track.frames_from(start_seconds)
    first = next(frames, None)
    if first is None:
        return start_seconds, frames
    begun = track.time_of(first)
    if begun is None:
        raise CannotSeek("the file doesn't say when its sound is heard")

    def chained() -> Iterator[av.AudioFrame]:
        yield first
        yield from frames

    return begun, chained()
