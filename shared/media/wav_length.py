"""Whether a WAV file holds more sound than its header says.

A recorder that was switched off keeps the length it wrote last, and FFmpeg believes it: all that follows
would be lost without a word. Layout: Microsoft, "Multimedia Programming Interface and Data Specifications
1.0" (1991): ``RIFF size WAVE``, then chunks of a four-letter name, a little-endian size and as many bytes,
padded to an even number.
"""

from __future__ import annotations

import io
import struct

from shared.media.audio_source import Source, read_at

_HEAD_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_MOST_CHUNKS = 100
_PROBE_BYTES = 4096
_PROBES = 16


def is_wav(source: Source) -> bool:
    """Whether a WAV file (or RF64, its large kind) begins where the source stands, and stays."""
    place = source.tell()
    head = read_at(source, place, _HEAD_BYTES)
    source.seek(place)
    return head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"


def understates_its_length(source: Source) -> bool:
    """Whether sound follows what the header calls the end of the sound; reads a little, and goes back."""
    size_bytes = source.seek(0, io.SEEK_END)
    head = read_at(source, 0, _HEAD_BYTES)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        source.seek(0)
        return False
    end = _end_of_sound(source, size_bytes)
    understates = (
        end is not None and not _is_chunk(source, end, size_bytes) and _has_sound(source, end, size_bytes)
    )
    source.seek(0)
    return understates


def _end_of_sound(source: Source, size_bytes: int) -> int | None:
    """Where the data chunk ends by its own size; None where FFmpeg reads to the file's end anyway."""
    place = _HEAD_BYTES
    for _ in range(_MOST_CHUNKS):
        header = read_at(source, place, _CHUNK_HEADER_BYTES)
        if len(header) < _CHUNK_HEADER_BYTES:
            return None
        name, length = struct.unpack("<4sI", header)
        place += _CHUNK_HEADER_BYTES + length + length % 2
        if name == b"data":
            return place if length and place < size_bytes else None
    return None


def _is_chunk(source: Source, place: int, size_bytes: int) -> bool:
    """Whether a chunk of notes or tags lies there, as it may after the sound."""
    header = read_at(source, place, _CHUNK_HEADER_BYTES)
    if len(header) < _CHUNK_HEADER_BYTES:
        return True  # less than a chunk's header is no sound either
    name, length = struct.unpack("<4sI", header)
    return all(32 <= letter < 127 for letter in name) and place + length <= size_bytes


def _has_sound(source: Source, start: int, end: int) -> bool:
    """Whether anything but zeros is there: recorders reserve room that they don't fill."""
    step = max(_PROBE_BYTES, (end - start) // _PROBES)
    return any(any(read_at(source, place, _PROBE_BYTES)) for place in range(start, end, step))
