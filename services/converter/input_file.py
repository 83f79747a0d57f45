"""The file that an operation works on: its sound, counted, limited and with the progress reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import av

from services.converter.shaping import LAYOUTS
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.audio_source import Source
from shared.media.audio_track import AudioTrack

Report = Callable[[float], None]
"""Takes the share of the work that is done, 0 to 1. What it raises ends the work."""

DAY_SECONDS = 86_400.0


def unreported(_share: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Limits:
    """What a file may be at most."""

    max_seconds: float = DAY_SECONDS


class InputFile:
    """A stored file, opened. Use it as a context manager.

    Raises ``PermanentError`` when made: UNREADABLE_MEDIA, NO_AUDIO_TRACK.
    """

    def __init__(self, source: Source, *, limits: Limits | None = None, report: Report = unreported) -> None:
        source.seek(0)
        self.track = AudioTrack(source)
        self.seconds = 0.0
        self._limits = limits or Limits()
        self._report = report

    @property
    def layout(self) -> str:
        """The layout of its channels, as every encoder takes it."""
        layout = self.track.layout
        return LAYOUTS.get(layout.nb_channels, layout.name)

    @property
    def form(self) -> AudioFormat | None:
        """Which of our formats it is in; None for any other."""
        codec = self.track.codec_name
        known = {"mp3": "mp3", "mp3float": "mp3", "aac": "m4a", "vorbis": "ogg"}.get(codec, codec)
        if codec.startswith("pcm_"):
            return AudioFormat.WAV
        return next((form for form in AudioFormat if form.value == known), None)

    def frames(self) -> Iterator[av.AudioFrame]:
        """The whole sound, past what is damaged.

        Raises ``PermanentError``: AUDIO_TOO_LONG as soon as it is, NO_AUDIO_DATA or UNREADABLE_MEDIA where
        there is none. :attr:`seconds` counts what was given.
        """
        expected = self.track.header_seconds or self._limits.max_seconds
        for frame in self.track.frames():
            before = self.seconds
            self.seconds += frame.samples / frame.sample_rate
            if self.seconds > self._limits.max_seconds:
                raise PermanentError(Fault.AUDIO_TOO_LONG, limit_minutes=round(self._limits.max_seconds / 60))
            if int(before) != int(self.seconds):
                self._report(min(1.0, self.seconds / expected))
            yield frame
        if not self.seconds:
            raise PermanentError(
                Fault.UNREADABLE_MEDIA if self.track.corrupt_packets else Fault.NO_AUDIO_DATA
            )

    def layout_within(self, most_channels: int, channels: int | None = None) -> str:
        """The layout to write: that of the file, or of ``channels``; fewer where the format holds fewer."""
        wanted = channels or self.track.layout.nb_channels
        return LAYOUTS.get(min(wanted, most_channels), "stereo")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.track.close()


def rate_for(wanted: AudioFormat, rate_hz: int) -> int:
    """The sampling rate to write for a file of ``rate_hz``, where the caller asked for none."""
    return FORMATS[wanted].nearest_rate_hz(rate_hz)
