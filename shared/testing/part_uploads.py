"""Uploads in parts in memory, beside the objects that they become."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from shared.domain.ids import new_id
from shared.ports.object_store import PresignedUpload
from shared.ports.part_uploads import StoredPart, UploadMissing
from shared.testing.object_store import InMemoryObjectStore


@dataclass
class _Upload:
    content_type: str
    parts: dict[int, bytes] = field(default_factory=dict)


class InMemoryPartUploads:
    """``PartUploads``; tests play the client with :meth:`send`."""

    def __init__(self, objects: InMemoryObjectStore) -> None:
        self._objects = objects
        self._uploads: dict[tuple[str, str], _Upload] = {}

    @property
    def unfinished(self) -> int:
        """How many uploads were neither completed nor aborted."""
        return len(self._uploads)

    def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload; its id."""
        upload_id = new_id()
        self._uploads[key, upload_id] = _Upload(content_type)
        return upload_id

    def presign_part(
        self, key: str, upload_id: str, number: int, *, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """What a client would be given."""
        return PresignedUpload(
            url=f"memory:{quote(key)}?part={number}&upload={upload_id}&expires={expires_seconds}",
            method="PUT",
            headers={"Content-Length": str(size_bytes)},
            expires_at=now + timedelta(seconds=expires_seconds),
        )

    def send(self, key: str, upload_id: str, number: int, body: bytes) -> None:
        """Play the client that PUTs a part."""
        self._find(key, upload_id).parts[number] = body

    def parts(self, key: str, upload_id: str) -> tuple[StoredPart, ...]:
        """What is there, by number."""
        stored = sorted(self._find(key, upload_id).parts.items())
        return tuple(StoredPart(number, len(body), _etag(body)) for number, body in stored)

    def complete(self, key: str, upload_id: str, parts: tuple[StoredPart, ...]) -> None:
        """Make the parts one object."""
        upload = self._find(key, upload_id)
        body = b"".join(upload.parts[part.number] for part in parts)
        self._objects.write(key, body, content_type=upload.content_type)
        del self._uploads[key, upload_id]

    def abort(self, key: str, upload_id: str) -> None:
        """Drop an upload with its parts."""
        self._uploads.pop((key, upload_id), None)

    def _find(self, key: str, upload_id: str) -> _Upload:
        if (key, upload_id) not in self._uploads:
            raise UploadMissing(upload_id)
        return self._uploads[key, upload_id]


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
