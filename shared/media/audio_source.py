"""What a file is read through."""

from __future__ import annotations

from typing import Protocol


class Source(Protocol):
    """A stored file; ``read`` may give fewer bytes than asked, none only at the end."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, as :meth:`io.IOBase.seek`."""
        ...

    def tell(self) -> int:
        """Where the next byte is."""
        ...


def read_at(source: Source, offset: int, size: int) -> bytes:
    """So many bytes from there on, fewer only at the end."""
    source.seek(offset)
    found = bytearray()
    while len(found) < size and (part := source.read(size - len(found))):
        found += part
    return bytes(found)
