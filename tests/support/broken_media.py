"""Files whose headers lie, whose streams change or stop in the middle, and that are very long but small."""

from __future__ import annotations

import io
import random
import struct
from typing import cast

import av
import numpy as np

from tests.support.media import encode, tone


def pcm_header(seconds: float, *, claimed_seconds: float | None = None, rate_hz: int = 1_000) -> bytes:
    """The first 44 bytes of an 8-bit mono WAV that lasts ``seconds``, a byte a sample."""
    claimed = int((seconds if claimed_seconds is None else claimed_seconds) * rate_hz)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, rate_hz, 1, 8)
    return (
        struct.pack("<4sI4s", b"RIFF", min(2**32 - 1, 36 + claimed), b"WAVE")
        + form
        + struct.pack("<4sI", b"data", claimed)
    )


def long_wav(seconds: float, claimed_seconds: float) -> bytes:
    """A kilobyte a second of a faint constant level."""
    return pcm_header(seconds, claimed_seconds=claimed_seconds) + b"\x81" * int(seconds * 1_000)


def long_silence(seconds: float, *, container: str, codec: str, rate_hz: int = 8_000) -> bytes:
    """Encoded silence, made block by block."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout="mono")
        stream.bit_rate = 8_000
        left, place = int(seconds * rate_hz), 0
        size = stream.codec_context.frame_size or 4_096
        while left > 0:
            count = min(size, left)
            frame = av.AudioFrame(format=stream.format.name, layout="mono", samples=count)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = rate_hz, place
            output.mux(stream.encode(frame))
            left, place = left - count, place + count
        output.mux(stream.encode(None))
    return target.getvalue()


def mp4_claiming(media: bytes, seconds: float) -> bytes:
    """An MP4 whose headers of movie, track and media all claim ``seconds`` (ISO/IEC 14496-12, version 0)."""
    patched = bytearray(media)
    movie = media.index(b"mvhd")
    for name, scale_at, duration_at in ((b"mvhd", 16, 20), (b"mdhd", 16, 20), (b"tkhd", None, 24)):
        place = media.index(name)
        scale_place = movie + 16 if scale_at is None else place + scale_at
        (scale,) = struct.unpack_from(">I", media, scale_place)
        struct.pack_into(">I", patched, place + duration_at, int(seconds * scale))
    return bytes(patched)


def matroska_claiming(media: bytes, seconds: float) -> bytes:
    """A Matroska file whose Duration element (0x4489, eight bytes, in milliseconds) claims ``seconds``."""
    patched = bytearray(media)
    struct.pack_into(">d", patched, media.index(b"\x44\x89\x88") + 3, seconds * 1_000)
    return bytes(patched)


def flac_claiming(media: bytes, seconds: float, *, rate_hz: int = 8_000) -> bytes:
    """A FLAC file whose STREAMINFO claims ``seconds``: the last 36 of the bits from byte 18 on (RFC 9639)."""
    bits = int.from_bytes(media[18:26], "big") >> 36 << 36 | int(seconds * rate_hz)
    return media[:18] + bits.to_bytes(8, "big") + media[26:]


def plain_mp3(seconds: float, bit_rate: int, *, is_silent: bool = False) -> bytes:
    """MPEG audio frames of a constant rate and nothing else: no index, no tag. Joined they vary in rate."""
    samples = tone(seconds) * (0 if is_silent else 1)
    target = io.BytesIO()
    with av.open(target, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as output:
        stream = output.add_stream("libmp3lame", rate=16_000, layout="mono")
        stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", frame_size=stream.frame_size)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return target.getvalue()


def damaged(media: bytes, start_share: float, end_share: float) -> bytes:
    """With noise for bytes between two places, given as shares of the file."""
    start, end = (int(len(media) * share) for share in (start_share, end_share))
    return media[:start] + random.Random(1).randbytes(end - start) + media[end:]


def long_video(seconds: float) -> bytes:
    """A video of tiny pictures, one a second, all of whose bytes are noise, with AAC silence."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        pictures = output.add_stream("mpeg4", rate=1)
        pictures.width = pictures.height = 16
        pictures.pix_fmt = "yuv420p"
        sound = output.add_stream("aac", rate=8_000, layout="mono")
        sound.bit_rate = 8_000
        for second in range(int(seconds)):
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            picture.pts = second
            output.mux(pictures.encode(picture))
        output.mux(pictures.encode(None))
        for place in range(0, int(seconds) * 8_000, 1_024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1_024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8_000, place
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    media = bytearray(target.getvalue())
    chance = random.Random(1)
    with av.open(io.BytesIO(bytes(media))) as written:
        for packet in written.demux(video=0):
            if packet.pos is not None and packet.size:
                media[packet.pos : packet.pos + packet.size] = chance.randbytes(packet.size)
    return bytes(media)


def headers_alone(container: str, codec: str, rate_hz: int) -> bytes:
    """A file that was begun and closed without any sound."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        cast("av.container.OutputContainer", output).add_stream(codec, rate=rate_hz, layout="mono")
        output.start_encoding()
    return target.getvalue()


def opus(seconds: float, layout: str = "mono") -> bytes:
    """Opus in Ogg."""
    return encode(
        tone(seconds, rate_hz=48_000), container="ogg", codec="libopus", rate_hz=48_000, layout=layout
    )


def mp4_of_millions(samples: int) -> bytes:
    """An MP4 of 4 kB whose index claims so many samples of a byte each (ISO/IEC 14496-12, 8.6, 8.7)."""

    def box(name: bytes, *content: bytes) -> bytes:
        body = b"".join(content)
        return struct.pack(">I4s", 8 + len(body), name) + body

    def numbers(name: bytes, *values: int) -> bytes:
        return box(name, struct.pack(f">{len(values) + 1}I", 0, *values))

    entry = box(b"mp4a", struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, 16_000 << 16))
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        numbers(b"stts", 1, samples, 1_024),
        numbers(b"stsc", 1, 1, samples, 1),
        numbers(b"stsz", 1, samples),
        numbers(b"stco", 1, 40),
    )
    handler = box(b"hdlr", struct.pack(">II4s13x", 0, 0, b"soun"))
    media = box(b"mdia", numbers(b"mdhd", 0, 0, 16_000, 80_000, 0), handler, box(b"minf", table))
    movie = box(b"moov", numbers(b"mvhd", 0, 0, 16_000, 80_000, *[0] * 20), box(b"trak", media))
    return box(b"ftyp", b"isom", bytes(4), b"isom") + box(b"mdat", b"\x12" * 4_000) + movie
