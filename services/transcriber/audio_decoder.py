"""Any audio or video file as a stream of 16 kHz mono blocks, by FFmpeg's libraries through PyAV.

The samples are those of ``faster_whisper.audio.decode_audio``, but they come block by block, and a
damaged packet costs only itself: that function loses everything after the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.log import get_logger
from shared.media.audio_source import Source
from shared.media.audio_track import AudioTrack, CannotSeek

SAMPLE_RATE = 16_000
"""Hertz; what Whisper takes."""

Samples = npt.NDArray[np.float32]
"""One-dimensional, -1 to 1, at :data:`SAMPLE_RATE`."""

BLOCK_SAMPLES = 10 * SAMPLE_RATE
GROUP_SAMPLES = 100_000
"""Decoded samples (at the file's own rate) that are resampled in one call."""

MOST_MIXED_CHANNELS = 8
"""7.1 and below are mixed as their speakers stand; of more than these FFmpeg knows only some numbers."""

_log = get_logger(__name__)


class AudioDecoder:
    """The sound of one file. Use it as a context manager and read :meth:`blocks` once.

    :meth:`excerpt` may be called as often as needed, but not before :meth:`blocks`.

    ``header_seconds`` is what the container claims (None: nothing); the truth is the samples.
    Raises ``PermanentError`` when made: UNREADABLE_MEDIA, NO_AUDIO_TRACK.
    """

    def __init__(self, source: Source, *, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self.decoded_samples = 0
        self._position = 0.0
        self._track = AudioTrack(source)
        self.header_seconds = self._track.header_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._track.close()

    @property
    def corrupt_packets(self) -> int:
        """How many packets could not be decoded so far."""
        return self._track.corrupt_packets

    def blocks(self, start_seconds: float = 0.0, end_seconds: float | None = None) -> Iterator[Samples]:
        """The sound in blocks of about ten seconds, of the whole file or between two times.

        Raises ``PermanentError``: AUDIO_TOO_LONG as soon as it is, NO_AUDIO_DATA at the end of a whole
        file. A part of a file may hold none. Raises :class:`CannotSeek`.
        """
        parts: list[Samples] = []
        frames = self._track.frames() if start_seconds == 0 else self._found(start_seconds)
        sound = self._resampled(frames if end_seconds is None else self._until(end_seconds, frames))
        for part in self._trimmed(sound, start_seconds, end_seconds):
            self.decoded_samples += len(part)
            if self.decoded_samples > self._max_seconds * SAMPLE_RATE:
                raise PermanentError(Fault.AUDIO_TOO_LONG, limit_minutes=round(self._max_seconds / 60))
            parts.append(part)
            if sum(map(len, parts)) >= BLOCK_SAMPLES:
                yield np.concatenate(parts)
                parts = []
        if parts:
            yield np.concatenate(parts)
        if self.corrupt_packets:
            _log.warning("damaged packets skipped", packets=self.corrupt_packets)
        if not self.decoded_samples and start_seconds == 0:
            raise PermanentError(Fault.UNREADABLE_MEDIA if self.corrupt_packets else Fault.NO_AUDIO_DATA)

    def excerpt(self, start_seconds: float, end_seconds: float) -> Samples:
        """The sound between two times: less where the file ends, none where it can't seek."""
        self._position = 0.0
        try:
            sound = self._resampled(self._until(end_seconds, self._found(start_seconds)))
            parts = list(self._trimmed(sound, start_seconds, end_seconds))
        except (CannotSeek, PermanentError) as error:
            _log.info("no excerpt", start_seconds=start_seconds, reason=str(error))
            parts = []
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _found(self, seconds: float) -> Iterator[av.AudioFrame]:
        """Frames from a little before a time on, whose own time becomes ``_position``."""
        for index, frame in enumerate(self._track.frames_from(seconds)):
            if index == 0:
                found = self._track.time_of(frame)
                self._position = seconds if found is None else found
            yield frame

    def _until(self, seconds: float, frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
        """Frames that begin before a time, by their dates or, where those run back, by their count."""
        counted = self._position
        for index, frame in enumerate(frames):
            if index == 0:
                counted = self._position
            counted = max(counted, self._track.time_of(frame) or 0.0)
            if counted >= seconds:
                return
            counted += frame.samples / frame.sample_rate
            yield frame

    def _trimmed(
        self, sound: Iterator[Samples], start_seconds: float, end_seconds: float | None
    ) -> Iterator[Samples]:
        """Exactly the samples asked for of sound that begins at ``_position``."""
        left = None if end_seconds is None else round((end_seconds - start_seconds) * SAMPLE_RATE)
        surplus: int | None = None
        for part in sound:
            if surplus is None:
                surplus = max(0, round((start_seconds - self._position) * SAMPLE_RATE))
            kept = part[surplus:] if left is None else part[surplus:][:left]
            surplus = max(0, surplus - len(part))
            left = None if left is None else left - len(kept)
            if len(kept):
                yield kept

    def _resampled(self, frames: Iterator[av.AudioFrame]) -> Iterator[Samples]:
        resampler: _Resampler | None = None
        for frame in map(_mixed, frames):
            if resampler is not None and not resampler.takes(frame):
                # Broadcasts change from stereo to 5.1 in mid-stream; a resampler knows one format.
                yield from self._undamaged(resampler.rest())
                resampler = None
            resampler = resampler or _Resampler(frame)
            yield from self._undamaged(resampler.push(frame))
        if resampler is not None:
            yield from self._undamaged(resampler.rest())

    def _undamaged(self, sound: Iterator[Samples]) -> Iterator[Samples]:
        """A damaged packet may decode to sound of a form that nothing can be made of: it is skipped."""
        try:
            yield from sound
        except av.FFmpegError:
            self._track.corrupt_packets += 1


class _Resampler:
    """Frames of one format to 16 kHz mono. They are grouped first: calls cost more than the work."""

    def __init__(self, first: av.AudioFrame) -> None:
        self._format = _format_of(first)
        self._fifo = av.AudioFifo()
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)

    def takes(self, frame: av.AudioFrame) -> bool:
        return _format_of(frame) == self._format

    def push(self, frame: av.AudioFrame) -> Iterator[Samples]:
        frame.pts = None  # samples are counted, not dated: gaps and jumps in the times don't matter
        self._fifo.write(frame)
        if self._fifo.samples >= GROUP_SAMPLES:
            yield from self._resample(self._fifo.read())

    def rest(self) -> Iterator[Samples]:
        if self._fifo.samples:
            yield from self._resample(self._fifo.read())
        yield from self._resample(None)

    def _resample(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        for resampled in self._resampler.resample(frame):
            yield resampled.to_ndarray().reshape(-1).astype(np.float32) / 32768.0


def _mixed(frame: av.AudioFrame) -> av.AudioFrame:
    """FFmpeg's resampler mixes the channels of known layouts; a mixing desk's tracks are averaged here."""
    channels = frame.layout.nb_channels
    if channels <= MOST_MIXED_CHANNELS:
        return frame
    samples = frame.to_ndarray()
    tracks = samples if frame.format.is_planar else samples.reshape(-1, channels).T
    mixed = tracks.mean(axis=0, keepdims=True).astype(samples.dtype)
    single = av.AudioFrame.from_ndarray(mixed, format=frame.format.name, layout="mono")
    single.sample_rate = frame.sample_rate
    return single


def _format_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
