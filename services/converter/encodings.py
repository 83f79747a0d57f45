"""Which encoder makes which format, and what a quality means to it.

Bit rates are per channel. Lossless formats keep every sample whatever the quality; ``low`` and
``medium`` store sixteen bits of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.audio_formats import AudioFormat, Quality
from shared.media.audio_track import AudioTrack

_QP2LAMBDA = 118
"""FFmpeg's scale of ``global_quality`` (FF_QP2LAMBDA)."""


@dataclass(frozen=True)
class Encoding:
    """How one file is written. ``muxer`` and ``codec`` are FFmpeg's names, or ``vorbis`` for libsndfile's.

    ``vorbis_quality`` is that of the Vorbis specification, 0 to 1; ``lame_v`` is LAME's V scale, 9 to 0.
    """

    muxer: str
    codec: str
    sample_format: str
    bit_rate: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    vorbis_quality: float = 0.0
    lame_v: float | None = None


def encoding_for(wanted: AudioFormat, quality: Quality, *, channels: int, depth: str) -> Encoding:
    """The encoder's settings. ``depth`` is one of ``s16 s24 s32 flt``, as :func:`depth_of` gives it."""
    match wanted:
        case AudioFormat.MP3:
            return _mp3(quality, channels)
        case AudioFormat.M4A:
            return _aac(quality, channels)
        case AudioFormat.OPUS:
            return _opus(quality, channels)
        case AudioFormat.OGG:
            return Encoding("ogg", "vorbis", "flt", vorbis_quality=_VORBIS[quality.removeprefix("vbr_")])
        case AudioFormat.FLAC:
            return Encoding("flac", "flac", "s16" if _kept(depth, quality) == "s16" else "s32")
        case AudioFormat.WAV:
            kept = _kept(depth, quality)
            pcm = {"flt": "pcm_f32le", "s16": "pcm_s16le", "s24": "pcm_s24le", "s32": "pcm_s32le"}[kept]
            return Encoding("wav", pcm, "s32" if kept == "s24" else kept, options={"rf64": "auto"})


def depth_of(track: AudioTrack) -> str:
    """How exact the samples of a file are: 16 bits for lossy codecs, else what the file has."""
    if track.codec_name.startswith(("pcm_f32", "pcm_f64")):
        return "flt"
    if track.codec_name.startswith("pcm_s32"):
        return "s32"
    return "s24" if track.sample_format.startswith("s32") else "s16"


_MP3 = {"low": 48, "medium": 96, "high": 160, "vbr_low": 6.0, "vbr_medium": 4.0, "vbr_high": 0.0}
"""kbit/s a channel; LAME's V scale."""
_AAC = {"low": 48, "medium": 80, "high": 128, "vbr_low": 0.5, "vbr_medium": 1.0, "vbr_high": 1.6}
"""kbit/s a channel; FFmpeg's ``-q:a`` of its own AAC encoder."""
_OPUS = {"low": 32, "medium": 64, "high": 96}
_VORBIS = {"low": 0.2, "medium": 0.5, "high": 0.8}


def _kept(depth: str, quality: Quality) -> str:
    return depth if quality.endswith("high") else "s16"


def _mp3(quality: Quality, channels: int) -> Encoding:
    if quality.startswith("vbr_"):
        return Encoding("mp3", "libmp3lame", "flt", lame_v=_MP3[quality])
    return Encoding("mp3", "libmp3lame", "flt", bit_rate=int(_MP3[quality] * 1000) * channels)


def _aac(quality: Quality, channels: int) -> Encoding:
    if quality.startswith("vbr_"):
        scaled = {"flags": "+qscale", "global_quality": str(round(_AAC[quality] * _QP2LAMBDA))}
        return Encoding("ipod", "aac", "fltp", options=scaled)
    return Encoding("ipod", "aac", "fltp", bit_rate=int(_AAC[quality] * 1000) * channels)


def _opus(quality: Quality, channels: int) -> Encoding:
    bit_rate = _OPUS[quality.removeprefix("vbr_")] * 1000 * channels
    vbr = "on" if quality.startswith("vbr_") else "off"
    return Encoding("opus", "libopus", "flt", bit_rate=bit_rate, options={"vbr": vbr})
