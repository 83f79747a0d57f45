"""What a file says of itself, whatever its container: texts by name, a picture, chapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import av

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

MOST_TEXT_CHARACTERS = 1_000_000
"""All texts of a file together; longer ones are left behind when a file is converted."""

MOST_COVER_BYTES = 10 * 1024 * 1024

_IMAGES = {b"\xff\xd8\xff": ("image/jpeg", "mjpeg"), b"\x89PNG\r\n\x1a\n": ("image/png", "png")}


@dataclass(frozen=True)
class Chapter:
    """A named stretch, in milliseconds."""

    start_ms: int
    end_ms: int
    title: str


@dataclass(frozen=True)
class Cover:
    """A picture: JPEG or PNG."""

    content_type: str
    image: bytes

    @classmethod
    def of(cls, image: bytes) -> Cover:
        """The picture, its type found from what it holds. Raises ``PermanentError``.

        COVER_NOT_AN_IMAGE where it can't be decoded, TAGS_TOO_LARGE above 10 MiB.
        """
        if len(image) > MOST_COVER_BYTES:
            raise PermanentError(Fault.TAGS_TOO_LARGE, limit="10 MiB")
        for magic, (content_type, codec) in _IMAGES.items():
            if image.startswith(magic) and _decodes(image, codec):
                return cls(content_type, image)
        raise PermanentError(Fault.COVER_NOT_AN_IMAGE)


@dataclass(frozen=True)
class Tags:
    """Texts by FFmpeg's names (``title``, ``album_artist``, ``track`` as ``3/12``) in lower case."""

    texts: Mapping[str, str] = field(default_factory=dict)
    cover: Cover | None = None
    chapters: tuple[Chapter, ...] = ()


def chapters_from(starts: tuple[tuple[int, str], ...], duration_ms: int) -> tuple[Chapter, ...]:
    """Chapters by where each begins (milliseconds) and its title; the last ends with the sound.

    Raises ``PermanentError(SEGMENT_OUTSIDE_AUDIO)`` for one that begins at the end or later.
    """
    ordered = sorted(starts)
    for start_ms, title in ordered:
        if start_ms >= duration_ms:
            raise PermanentError(
                Fault.SEGMENT_OUTSIDE_AUDIO,
                what=f"the chapter {title[:60]!r}",
                duration_seconds=round(duration_ms / 1000, 3),
            )
    ends = [later[0] for _, later in pairwise(ordered)] + [duration_ms]
    return tuple(Chapter(start, end, title) for (start, title), end in zip(ordered, ends, strict=True))


def _decodes(image: bytes, codec: str) -> bool:
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(codec, "r"))
    try:
        return bool(decoder.decode(av.Packet(image)) or decoder.decode(None))
    except (av.FFmpegError, ValueError):
        return False
