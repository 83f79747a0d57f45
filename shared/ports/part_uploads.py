"""Uploads in parts: how a large file reaches a bucket piece by piece, and goes on after a break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.ports.object_store import PresignedUpload


@dataclass(frozen=True)
class StoredPart:
    """A part that is there; ``number`` counts from 1."""

    number: int
    size_bytes: int
    etag: str


class UploadMissing(Exception):
    """There is no such upload: it was completed or aborted, or storage dropped it for its age."""


class PartUploads(Protocol):
    """The unfinished uploads of one bucket. Nothing of them is an object before :meth:`complete`."""

    def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload to ``key``; its id."""
        ...

    def presign_part(
        self, key: str, upload_id: str, number: int, *, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """A URL that takes one PUT of exactly that size; a part sent again replaces the first."""
        ...

    def parts(self, key: str, upload_id: str) -> tuple[StoredPart, ...]:
        """What is there, by number; at most 1,000 parts. Raises ``UploadMissing``."""
        ...

    def complete(self, key: str, upload_id: str, parts: tuple[StoredPart, ...]) -> None:
        """Make the parts one object. Raises ``UploadMissing``."""
        ...

    def abort(self, key: str, upload_id: str) -> None:
        """Drop an upload with its parts; one that is not there is no error."""
        ...
