"""The audio track of a stranger's file: opened safely, found by time, decoded past what is damaged.

FFmpeg knows formats that name other files or hosts to open (HLS and DASH playlists, concat scripts,
SDP): only plain media containers are let in, and every attempt to open anything else is refused by
FFmpeg's own means and by ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import av
from av.stream import Discard

from shared.domain.errors import EscribaError, PermanentError
from shared.domain.faults import Fault
from shared.log import get_logger

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


def open_container(source: Source, *, fast_seek: bool = False) -> av.container.InputContainer:
    """A media file, opened safely. Raises ``PermanentError(UNREADABLE_MEDIA)``.

    ``fast_seek`` lets an MP3 of varying bit rate be sought by the table in its header, which is some tenths
    of a second off in long files, instead of by reading all that comes before.
    """
    try:
        return av.open(
            source,
            mode="r",
            metadata_errors="ignore",
            io_open=_refuse_to_open,
            container_options={
                "format_whitelist": ",".join(MEDIA_FORMATS),
                "protocol_whitelist": "none",
                **({"fflags": "+fastseek"} if fast_seek else {}),
            },
        )
    except (av.FFmpegError, ValueError) as error:
        raise PermanentError(Fault.UNREADABLE_MEDIA) from error


class AudioTrack:
    """The best audio track of one file; no other track is read.

    ``header_seconds`` is what the container claims (None: nothing), ``corrupt_packets`` how many could not
    be decoded so far. Raises ``PermanentError`` when made: UNREADABLE_MEDIA, NO_AUDIO_TRACK.
    """

    def __init__(self, source: Source, *, fast_seek: bool = False) -> None:
        self.corrupt_packets = 0
        self._container = open_container(source, fast_seek=fast_seek)
        self._stream = self._choose_stream()
        self.header_seconds = self._container.duration / av.time_base if self._container.duration else None

    @property
    def rate_hz(self) -> int:
        """What the header says; a broadcast may change its rate in mid-stream."""
        return self._stream.codec_context.sample_rate

    @property
    def layout(self) -> av.AudioLayout:
        """The channels that the header tells of."""
        return self._stream.codec_context.layout

    @property
    def codec_name(self) -> str:
        """FFmpeg's name of the codec, such as ``mp3`` or ``pcm_s24le``."""
        return self._stream.codec_context.name

    @property
    def sample_format(self) -> str:
        """FFmpeg's name of how samples are decoded, such as ``s16`` or ``fltp``."""
        return self._stream.codec_context.format.name

    def close(self) -> None:
        """Read no further."""
        self._container.close()

    def frames(self) -> Iterator[av.AudioFrame]:
        """What can be decoded. A damaged packet is skipped."""
        barren = 0
        for packet in self._packets():
            if barren == MAX_BARREN_PACKETS:
                _log.warning("nothing but damage; given up")
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
                _log.warning("container broken off", error=str(error))
                self.corrupt_packets += 1
                return
            except IndexError:
                return  # PyAV at the end of a file in which more streams turned up than it opened with

    def frames_from(self, seconds: float) -> Iterator[av.AudioFrame]:
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
        frames = self.frames()
        first = next(frames, None)
        if first is None:
            return  # past the end
        found = self.time_of(first)
        if found is None or found > seconds:
            raise CannotSeek(f"asked for {seconds:.1f} s, found {found}")
        yield first
        yield from frames

    def time_of(self, frame: av.AudioFrame) -> float | None:
        """When a frame is heard, in seconds from the track's start; None where the file doesn't say."""
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


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> object:
    _log.warning("file names another file", url=url[:200])
    raise PermanentError(Fault.UNREADABLE_MEDIA)
