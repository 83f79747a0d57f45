"""Any audio or video file as a stream of 16 kHz mono blocks, by FFmpeg's libraries through PyAV.

The samples are those of ``faster_whisper.audio.decode_audio``, but they come block by block, and a
damaged packet costs only itself: that function loses everything after the first.

A file is a stranger's. FFmpeg knows formats that name other files or hosts to open (HLS and DASH
playlists, concat scripts, SDP): only plain media containers are let in, and every attempt to open
anything else is refused by FFmpeg's own means and by ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self, cast

import av
import numpy as np
import numpy.typing as npt
from av.stream import Discard

from shared.domain.errors import EscribaError, PermanentError
from shared.domain.faults import Fault
from shared.log import get_logger

SAMPLE_RATE = 16_000
"""Hertz; what Whisper takes."""

Samples = npt.NDArray[np.float32]
"""One-dimensional, -1 to 1, at :data:`SAMPLE_RATE`."""

BLOCK_SAMPLES = 10 * SAMPLE_RATE
GROUP_SAMPLES = 100_000
"""Decoded samples (at the file's own rate) that are resampled in one call."""

MEDIA_FORMATS = (
    "aac ac3 aiff amr amrnb amrwb ape asf au avi caf dsf dts dtshd eac3 flac flv gxf ircam live_flv loas "
    "matroska mlp mov mp3 mpc mpc8 mpeg mpegts mxf nistsphere nsv nut ogg oma qcp rm sox spdif tak truehd "
    "tta voc vqf w64 wav wtv wv xwma"
).split()
"""FFmpeg's names of the containers that hold media themselves (mov: MP4, M4A, 3GP; matroska: WebM)."""

PREROLL_SECONDS = 1.0
"""Decoded and dropped before a place that was sought: more than any codec looks back."""

MAX_BARREN_PACKETS = 10_000
"""Packets in a row that give no sound before the rest of a file is given up as damaged."""

PLAUSIBLE_RATES_HZ = range(1_000, 3_000_000)
"""A header may claim any rate: 1 Hz would make gigabytes of every second, gigahertz a filter as large."""

_log = get_logger(__name__)


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> object:
    _log.warning("file names another file", url=url[:200])
    raise PermanentError(Fault.UNREADABLE_MEDIA)


class Source(Protocol):
    """What a file is read through; ``read`` may give fewer bytes than asked, none only at the end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, as :meth:`io.IOBase.seek`."""
        ...

    def tell(self) -> int:
        """Where the next byte is."""
        ...


class CannotSeek(EscribaError):
    """A place in the file can't be reached, or what is found there doesn't say when it is heard."""


class AudioDecoder:
    """The sound of one file. Use it as a context manager and read :meth:`blocks` once.

    :meth:`excerpt` may be called as often as needed, but not before :meth:`blocks`.

    ``header_seconds`` is what the container claims (None: nothing); the truth is the samples.
    Raises ``PermanentError`` when made: UNREADABLE_MEDIA, NO_AUDIO_TRACK.
    """

    def __init__(self, source: Source, *, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self.corrupt_packets = 0
        self.decoded_samples = 0
        self._position = 0.0
        try:
            self._container = av.open(
                source,
                mode="r",
                metadata_errors="ignore",
                io_open=_refuse_to_open,
                container_options={
                    "format_whitelist": ",".join(MEDIA_FORMATS),
                    "protocol_whitelist": "none",
                },
            )
        except (av.FFmpegError, ValueError) as error:
            raise PermanentError(Fault.UNREADABLE_MEDIA) from error
        self._stream = self._choose_stream()
        self.header_seconds = self._container.duration / av.time_base if self._container.duration else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def blocks(self, start_seconds: float = 0.0, end_seconds: float | None = None) -> Iterator[Samples]:
        """The sound in blocks of about ten seconds, of the whole file or between two times.

        Raises ``PermanentError``: AUDIO_TOO_LONG as soon as it is, NO_AUDIO_DATA at the end of a whole
        file. A part of a file may hold none. Raises :class:`CannotSeek`.
        """
        parts: list[Samples] = []
        frames = self._frames() if start_seconds == 0 else self._frames_from(start_seconds)
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
            sound = self._resampled(self._until(end_seconds, self._frames_from(start_seconds)))
            parts = list(self._trimmed(sound, start_seconds, end_seconds))
        except (CannotSeek, PermanentError) as error:
            _log.info("no excerpt", start_seconds=start_seconds, reason=str(error))
            parts = []
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _frames_from(self, seconds: float) -> Iterator[av.AudioFrame]:
        """Frames from a little before a time on. Raises :class:`CannotSeek`.

        Codecs that predict sound from what came before need that little to sound right.
        """
        rate = self._stream.time_base
        if rate is None:
            raise CannotSeek("the track has no clock")
        wanted = max(0.0, seconds - PREROLL_SECONDS)
        try:
            self._container.seek(
                int(wanted / rate) + (self._stream.start_time or 0), stream=self._stream, backward=True
            )
        except av.FFmpegError as error:
            raise CannotSeek(str(error)) from error
        frames = self._frames()
        first = next(frames, None)
        if first is None:
            return  # past the end
        found = self._time_of(first)
        if found is None or found > seconds:
            raise CannotSeek(f"asked for {seconds:.1f} s, found {found}")
        self._position = found
        yield first
        yield from frames

    def _until(self, seconds: float, frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
        """Frames that begin before a time, by their dates or, where those run back, by their count."""
        counted = self._position
        for index, frame in enumerate(frames):
            if index == 0:
                counted = self._position
            counted = max(counted, self._time_of(frame) or 0.0)
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
                surplus = round((start_seconds - self._position) * SAMPLE_RATE)
            kept = part[surplus:] if left is None else part[surplus:][:left]
            surplus = max(0, surplus - len(part))
            left = None if left is None else left - len(kept)
            if len(kept):
                yield kept

    def _time_of(self, frame: av.AudioFrame) -> float | None:
        if frame.pts is None or frame.time_base is None or self._stream.time_base is None:
            return None
        return float(frame.pts * frame.time_base - (self._stream.start_time or 0) * self._stream.time_base)

    def _choose_stream(self) -> av.AudioStream:
        chosen = cast("av.AudioStream | None", self._container.streams.best("audio"))
        if chosen is None:
            has_audio = any(stream.type == "audio" for stream in self._container.streams)
            self._container.close()
            raise PermanentError(Fault.UNREADABLE_MEDIA if has_audio else Fault.NO_AUDIO_TRACK)
        for stream in self._container.streams:
            if stream.index != chosen.index:
                stream.discard = Discard.all
        return chosen

    @staticmethod
    def _resampled(frames: Iterator[av.AudioFrame]) -> Iterator[Samples]:
        resampler: _Resampler | None = None
        for frame in frames:
            if resampler is not None and not resampler.takes(frame):
                # Broadcasts change from stereo to 5.1 in mid-stream; a resampler knows one format.
                yield from resampler.rest()
                resampler = None
            resampler = resampler or _Resampler(frame)
            yield from resampler.push(frame)
        if resampler is not None:
            yield from resampler.rest()

    def _frames(self) -> Iterator[av.AudioFrame]:
        """What can be decoded. A damaged packet is skipped."""
        barren = 0
        for packet in self._packets():
            if barren == MAX_BARREN_PACKETS:
                _log.warning("nothing but damage; given up", samples=self.decoded_samples)
                return
            barren += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.corrupt_packets += 1
                continue
            for frame in frames:
                if frame.sample_rate in PLAUSIBLE_RATES_HZ:
                    barren = 0
                    yield frame
                else:
                    self.corrupt_packets += 1

    def _packets(self) -> Iterator[av.Packet[av.AudioStream]]:
        """The track's packets; where the container breaks, the file ends."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except av.FFmpegError as error:
                _log.warning("container broken off", error=str(error), samples=self.decoded_samples)
                self.corrupt_packets += 1
                return
            except IndexError:
                return  # PyAV at the end of a file in which more streams turned up than it opened with


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
        try:
            converted = self._resampler.resample(frame)
        except av.FFmpegError as error:
            raise PermanentError(Fault.UNREADABLE_MEDIA) from error
        for resampled in converted:
            yield resampled.to_ndarray().reshape(-1).astype(np.float32) / 32768.0


def _format_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
