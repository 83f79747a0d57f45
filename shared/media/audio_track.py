"""The audio track of a stranger's file: opened safely, found by time, decoded past what is damaged.

FFmpeg knows formats that name other files or hosts to open (HLS and DASH playlists, concat scripts,
SDP): only plain media containers are let in, and every attempt to open anything else is refused by
FFmpeg's own means and by ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, dropwhile
from typing import cast

import av
from av.container import InputContainer
from av.stream import Discard, Disposition

from shared.domain.errors import EscribaError, PermanentError
from shared.domain.faults import Fault
from shared.log import get_logger
from shared.media.allocation_bound import bound_allocations
from shared.media.audio_source import Source
from shared.media.ogg_chain import Link, next_link
from shared.media.wav_length import is_wav, understates_its_length

MEDIA_FORMATS = (
    "aac ac3 aiff amr amrnb amrwb ape asf au avi caf dsf dts dtshd eac3 flac flv gxf ircam live_flv loas "
    "matroska mlp mov mp3 mpc mpc8 mpeg mpegts mxf nistsphere nsv nut ogg oma qcp rm sox spdif tak truehd "
    "tta voc vqf w64 wav wtv wv xwma"
).split()
"""FFmpeg's names of the containers that hold media themselves (mov: MP4, M4A, 3GP; matroska: WebM)."""

WAV_OPTIONS = {"max_size": "65536", "probesize": "65536"}
"""FFmpeg reads plain samples by 4 KiB, and a megabyte of them to see whether they are DTS in disguise.

In larger packets a WAV is decoded in a third of the time. DTS shows in its first packets.
"""

PREROLL_SECONDS = 1.0
"""Decoded and dropped before a place that was sought: more than any codec looks back."""

FAR_PREROLL_SECONDS = 60.0
"""The same where damage lies before the place."""

MAX_BREAKS = 1_000
"""Breaks of a container in a row, without any packet between, before its rest is given up."""

MAX_LINKS = 1_000
"""Links of a chained file that are opened by themselves: a day of songs, each unlike the last."""

MAX_BARREN_PACKETS = 10_000
"""Packets in a row that give no sound before the rest of a file is given up as damaged."""

PLAUSIBLE_RATES_HZ = range(1_000, 3_000_000)
"""A header may claim any rate: 1 Hz would make gigabytes of every second, gigahertz a filter as large."""

_log = get_logger(__name__)


class CannotSeek(EscribaError):
    """A place in the file can't be reached, or what is found there doesn't say when it is heard."""


def open_container(source: Source, *, fast_seek: bool = False, reads_on: bool = False) -> InputContainer:
    """A media file, opened safely. Raises ``PermanentError(UNREADABLE_MEDIA)``.

    ``fast_seek`` lets an MP3 of varying bit rate be sought by the table in its header, which is some tenths
    of a second off in long files, instead of by reading all that comes before. ``reads_on``: past the length
    that a WAV header claims.
    """
    bound_allocations()
    try:
        return av.open(
            source,
            mode="r",
            metadata_errors="ignore",
            io_open=_refuse_to_open,
            container_options={
                "format_whitelist": ",".join(MEDIA_FORMATS),
                "protocol_whitelist": "none",
                **(WAV_OPTIONS if is_wav(source) else {}),
                **({"fflags": "+fastseek"} if fast_seek else {}),
                **({"ignore_length": "1"} if reads_on else {}),
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
        self._source = source
        self._links = 0
        self._link_start = 0
        self._good_place = 0
        self._container = open_container(source, fast_seek=fast_seek, reads_on=understates_its_length(source))
        self._stream = _best_audio(self._container)
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
    def container_name(self) -> str:
        """FFmpeg's names of the container, such as ``mp3`` or ``mov,mp4,m4a,3gp,3g2,mj2``."""
        return self._container.format.name

    @property
    def has_video(self) -> bool:
        """Whether there are moving pictures besides (cover art is none)."""
        return any(
            not stream.disposition & Disposition.attached_pic for stream in self._container.streams.video
        )

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
        packets = self._packets()
        while (packet := next(packets, None)) is not None:
            if barren == MAX_BARREN_PACKETS:
                _log.warning("nothing but damage; given up")
                return
            barren += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                if self._goes_on_in_another_link():
                    packets = self._packets()
                else:
                    self.corrupt_packets += 1
                continue
            for frame in frames:
                if frame.sample_rate in PLAUSIBLE_RATES_HZ:
                    barren = 0
                    self._good_place = packet.pos or self._good_place
                    yield frame
                else:
                    self.corrupt_packets += 1

    def frames_from(self, seconds: float) -> Iterator[av.AudioFrame]:
        """Frames from a little before a time on, or from after it where it is damaged.

        Codecs that predict sound from what came before need that little to sound right. Where it can't be
        found, what lies before is read as well, if need be from the beginning. Raises :class:`CannotSeek`.
        """
        for preroll_seconds in (PREROLL_SECONDS, FAR_PREROLL_SECONDS, seconds):
            wanted = max(0.0, seconds - preroll_seconds)
            self._seek(wanted)
            frames = self.frames()
            first = next(frames, None)
            found = None if first is None else self.time_of(first)
            if first is not None and found is not None and found <= seconds:
                frames = chain((first,), frames)
                yield from dropwhile(
                    lambda frame: self._ends_before(seconds - PREROLL_SECONDS, frame), frames
                )
                return
            if first is None and wanted == 0:
                return
        raise CannotSeek(f"asked for {seconds:.1f} s, found {found}")

    def time_of(self, frame: av.AudioFrame) -> float | None:
        """When a frame is heard, in seconds from the track's start; None where the file doesn't say."""
        if frame.pts is None or frame.time_base is None or self._stream.time_base is None:
            return None
        return float(frame.pts * frame.time_base - (self._stream.start_time or 0) * self._stream.time_base)

    def _seek(self, seconds: float) -> None:
        rate = self._stream.time_base
        if rate is None:
            raise CannotSeek("the track has no clock")
        place = int(seconds / rate) + (self._stream.start_time or 0)
        try:
            self._container.seek(place, stream=self._stream, backward=True)
        except av.FFmpegError as error:
            raise CannotSeek(str(error)) from error

    def _ends_before(self, seconds: float, frame: av.AudioFrame) -> bool:
        start = self.time_of(frame)
        return start is not None and start + frame.samples / frame.sample_rate < seconds

    def _packets(self) -> Iterator[av.Packet[av.AudioStream]]:
        """The track's packets. Where the container breaks, it is read on from behind the break."""
        packets = self._container.demux(self._stream)
        breaks = 0
        while breaks < MAX_BREAKS:
            try:
                packet = next(packets)
            except (StopIteration, IndexError):
                return  # IndexError: PyAV at the end of a file in which more streams turned up
            except av.FFmpegError as error:
                if not self._goes_on_in_another_link():
                    _log.warning("container broken", error=str(error))
                    self.corrupt_packets += 1
                    breaks += 1
                packets = self._container.demux(self._stream)
            else:
                breaks = 0
                yield packet

    def _goes_on_in_another_link(self) -> bool:
        """Opens the next link of a chained Ogg file, where trouble in one means that another begins."""
        if self._container.format.name != "ogg" or self._links == MAX_LINKS:
            return False
        start = next_link(self._source, self._link_start + self._good_place)
        while start is not None:
            self._links += 1
            self._link_start, self._good_place = start, 0
            with suppress(PermanentError):
                container = open_container(Link(self._source, start))
                stream = _best_audio(container)
                self._container.close()
                self._container, self._stream = container, stream
                return True
            start = next_link(self._source, start)
        return False


def _best_audio(container: InputContainer) -> av.AudioStream:
    """The track to read; no other is. Closes the container where there is none."""
    chosen = cast("av.AudioStream | None", container.streams.best("audio"))
    if chosen is None:
        has_audio = any(stream.type == "audio" for stream in container.streams)
        container.close()
        raise PermanentError(Fault.UNREADABLE_MEDIA if has_audio else Fault.NO_AUDIO_TRACK)
    for stream in container.streams:
        if stream.index != chosen.index:
            stream.discard = Discard.all
    return chosen


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> object:
    _log.warning("file names another file", url=url[:200])
    raise PermanentError(Fault.UNREADABLE_MEDIA)
