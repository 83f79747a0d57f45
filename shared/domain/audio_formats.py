"""The audio formats that files are converted to, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Quality = Literal["low", "medium", "high", "vbr_low", "vbr_medium", "vbr_high"]
"""``vbr_``: the bit rate follows the sound. What each means in a format stands with its encoder."""


class AudioFormat(StrEnum):
    """A format by the name callers know it by, which is also its files' extension."""

    MP3 = "mp3"
    FLAC = "flac"
    WAV = "wav"
    M4A = "m4a"
    OGG = "ogg"
    OPUS = "opus"


@dataclass(frozen=True)
class FormatFacts:
    """What a format is. ``rates_hz`` None: any rate. ``lossless``: the samples come back as they were."""

    codec: str
    content_type: str
    max_channels: int
    rates_hz: tuple[int, ...] | None = None
    lossless: bool = False

    def takes_rate(self, rate_hz: int) -> bool:
        """Whether the format holds sound of that sampling rate."""
        return self.rates_hz is None or rate_hz in self.rates_hz

    def nearest_rate_hz(self, rate_hz: int) -> int:
        """The rate to convert to: the same, else the next higher one, else the highest there is."""
        if self.rates_hz is None or rate_hz in self.rates_hz:
            return rate_hz
        return min((rate for rate in self.rates_hz if rate > rate_hz), default=max(self.rates_hz))


_MPEG_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

FORMATS: dict[AudioFormat, FormatFacts] = {
    AudioFormat.MP3: FormatFacts("MP3", "audio/mpeg", 2, _MPEG_RATES_HZ),
    AudioFormat.FLAC: FormatFacts("FLAC", "audio/flac", 8, lossless=True),
    AudioFormat.WAV: FormatFacts("PCM", "audio/wav", 8, lossless=True),
    AudioFormat.M4A: FormatFacts("AAC", "audio/mp4", 6, (*_MPEG_RATES_HZ, 64_000, 88_200, 96_000)),
    AudioFormat.OGG: FormatFacts("Vorbis", "audio/ogg", 8),
    AudioFormat.OPUS: FormatFacts("Opus", "audio/ogg", 8, (8_000, 12_000, 16_000, 24_000, 48_000)),
}
"""Rates: MPEG-1/2/2.5 Layer III; AAC's table in ISO/IEC 14496-3; RFC 6716 for Opus."""
