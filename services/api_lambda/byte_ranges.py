"""Which part of a body a call asks for: one byte range (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


@dataclass(frozen=True)
class ByteRange:
    """``length`` bytes (>= 1) from offset ``start``."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """The value of ``Content-Range`` for a body of ``size`` bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


class RangeNotSatisfiable(Exception):
    """The range lies past the end of the body."""


def range_of(header: str | None, size: int) -> ByteRange | None:
    """The range that a ``Range`` header names; None where the whole body is to be sent.

    Several ranges, other units and what can't be read are passed over, as the RFC allows. Raises
    ``RangeNotSatisfiable``.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:  # the last so many bytes
        length = min(int(match[2]), size)
        start = size - length
    else:
        start = int(match[1])
        if match[2] and int(match[2]) < start:
            return None
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        length = last - start + 1
    if length < 1:
        raise RangeNotSatisfiable
    return ByteRange(start, length)
