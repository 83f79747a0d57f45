"""Objects in memory. Presigned URLs have the scheme ``memory:`` and lead nowhere."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from urllib.parse import quote, urlencode

from shared.ports.object_store import ObjectMissing, ObjectStat, PresignedUpload


@dataclass(frozen=True)
class StoredObject:
    """An object as it lies there."""

    body: bytes
    content_type: str


class InMemoryObjectStore:
    """An ``ObjectStore``; tests may look into :attr:`objects`."""

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self._lock = threading.Lock()

    def stat(self, key: str) -> ObjectStat:
        """Size, type and ETag (MD5, as S3 gives for single PUTs)."""
        found = self._find(key)
        etag = hashlib.md5(found.body, usedforsecurity=False).hexdigest()
        return ObjectStat(size_bytes=len(found.body), content_type=found.content_type, etag=etag)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """The bytes from ``start``, at most ``length`` of them."""
        return self._find(key).body[start : start + length]

    def write(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store an object whole."""
        with self._lock:
            self.objects[key] = StoredObject(body, content_type)

    def write_file(self, key: str, file: IO[bytes], *, content_type: str) -> None:
        """Store what a file holds."""
        file.seek(0)
        self.write(key, file.read(), content_type=content_type)

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        with self._lock:
            self.objects.pop(key, None)

    def delete_all(self, prefix: str) -> None:
        """Remove every object whose key begins with ``prefix``."""
        with self._lock:
            self.objects = {key: found for key, found in self.objects.items() if not key.startswith(prefix)}

    def keys(self, prefix: str, *, most: int) -> tuple[str, ...]:
        """The first keys that begin with ``prefix``."""
        with self._lock:
            return tuple(sorted(key for key in self.objects if key.startswith(prefix))[:most])

    def presign_upload(
        self, key: str, *, content_type: str, size_bytes: int, now: datetime, expires_seconds: int
    ) -> PresignedUpload:
        """What a client would be given; use :meth:`write` to play the client."""
        return PresignedUpload(
            url=f"memory:{quote(key)}?{urlencode({'expires': expires_seconds})}",
            method="PUT",
            headers={"Content-Type": content_type, "Content-Length": str(size_bytes)},
            expires_at=now + timedelta(seconds=expires_seconds),
        )

    def presign_download(self, key: str, *, filename: str, expires_seconds: int, inline: bool = False) -> str:
        """A URL that names the object, the file name and the lifetime, and says if it is to be shown."""
        query = {"filename": filename, "expires": expires_seconds} | ({"inline": True} if inline else {})
        return f"memory:{quote(key)}?{urlencode(query)}"

    def _find(self, key: str) -> StoredObject:
        with self._lock:
            if key not in self.objects:
                raise ObjectMissing(key)
            return self.objects[key]
