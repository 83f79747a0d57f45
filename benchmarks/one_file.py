"""A store whose only object is a file on disk, so that it is neither in memory nor hashed whole."""

from __future__ import annotations

from pathlib import Path

from shared.ports.object_store import ObjectStat
from shared.testing.object_store import InMemoryObjectStore


class OneFile(InMemoryObjectStore):
    """The file is found under every key."""

    def __init__(self, path: Path, *, content_type: str) -> None:
        super().__init__()
        self._path = path
        self._content_type = content_type

    def stat(self, key: str) -> ObjectStat:  # noqa: ARG002
        """Of the file."""
        return ObjectStat(size_bytes=self._path.stat().st_size, content_type=self._content_type, etag="")

    def read_range(self, key: str, start: int, length: int) -> bytes:  # noqa: ARG002
        """From disk."""
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)
