"""Where objects lie: one store a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol


@dataclass(frozen=True)
class ObjectStat:
    """What is known of an object without reading it."""

    size_bytes: int
    content_type: str
    etag: str


@dataclass(frozen=True)
class PresignedUpload:
    """How to send a file: exactly this method and these headers."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


class ObjectMissing(Exception):
    """There is no such object."""


class Downloads(Protocol):
    """What gives objects of one bucket to those who may have them."""

    def presign_download(self, key: str, *, filename: str, expires_seconds: int, inline: bool = False) -> str:
        """A URL that gives the object as a download named ``filename``, or for a browser to show (inline).

        Inline is for types that can't run anything there, such as plain text.
        """
        ...


class ObjectStore(Downloads, Protocol):
    """One bucket."""

    def stat(self, key: str) -> ObjectStat:
        """Size, type and ETag. Raises ``ObjectMissing``."""
        ...

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """At most ``length`` bytes from offset ``start``; fewer at the end, none past it.

        Raises ``ObjectMissing``.
        """
        ...

    def write(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store an object whole, replacing what stood there."""
        ...

    def write_file(self, key: str, file: IO[bytes], *, content_type: str) -> None:
        """Store what a file holds, from its beginning; the object is there whole or not at all."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    def delete_all(self, prefix: str) -> None:
        """Remove every object whose key begins with ``prefix``; that there is none is no error."""
        ...

    def keys(self, prefix: str, *, most: int) -> tuple[str, ...]:
        """The first keys that begin with ``prefix``, in order; at most ``most`` (<= 1,000)."""
        ...

    def presign_upload(
        self, key: str, *, content_type: str, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """A URL that takes one PUT of exactly that size and type."""
        ...
