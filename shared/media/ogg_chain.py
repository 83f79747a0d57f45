"""Ogg files that are several streams one after another, as radio recorders write them.

RFC 3533 section 4 calls them chained: each link begins with pages of its own that say what follows, and may
differ from the last in codec, rate and channels. FFmpeg goes on from one link to the next only where they
are alike, so a link that differs is opened as a file of its own.
"""

from __future__ import annotations

import io

from shared.media.audio_source import Source, read_at

_SEARCH_BYTES = 256 * 1024
"""A link begins where the last one ends: a few pages, of at most 64 KiB each, after its last good packet."""

_FIRST_PAGE = 0x02
"""RFC 3533 section 6: the flag of a page that begins a stream."""

_CAPTURE = b"OggS\x00"


class Link:
    """A :class:`Source` of what a file holds from ``start`` on."""

    def __init__(self, source: Source, start: int) -> None:
        self._source = source
        self._start = start
        source.seek(start)

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        return self._source.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, counted from the link's start."""
        base = self._start if whence == io.SEEK_SET else 0
        return self._source.seek(base + offset, whence) - self._start

    def tell(self) -> int:
        """Where the next byte is."""
        return self._source.tell() - self._start


def next_link(source: Source, after: int) -> int | None:
    """Where the next link begins, if that is soon after a place; leaves the source where it was."""
    position = source.tell()
    pages = read_at(source, after, _SEARCH_BYTES)
    source.seek(position)
    place = pages.find(_CAPTURE, 1)
    while 0 < place < len(pages) - len(_CAPTURE):
        if pages[place + len(_CAPTURE)] & _FIRST_PAGE:
            return after + place
        place = pages.find(_CAPTURE, place + 1)
    return None
