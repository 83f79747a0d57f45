"""API keys in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from shared.domain.api_keys import ApiKey


class InMemoryApiKeyStore:
    """An ``ApiKeyStore``."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._lock = threading.Lock()

    def add(self, key: ApiKey) -> None:
        """Store a new key."""
        with self._lock:
            self._keys[key.key_hash] = key

    def get(self, key_hash: str) -> ApiKey | None:
        """The key, or None."""
        with self._lock:
            return self._keys.get(key_hash)

    def list(self, user_id: str) -> tuple[ApiKey, ...]:
        """A user's keys, oldest first."""
        with self._lock:
            keys = [key for key in self._keys.values() if key.user_id == user_id]
        return tuple(sorted(keys, key=lambda key: key.key_id))

    def revoke(self, user_id: str, key_id: str) -> ApiKey | None:
        """Forget a key of this user."""
        with self._lock:
            for key in self._keys.values():
                if (key.user_id, key.key_id) == (user_id, key_id):
                    return self._keys.pop(key.key_hash)
        return None

    def note_use(self, key_hash: str, *, now: datetime) -> None:
        """Put its use on record."""
        with self._lock:
            if key_hash in self._keys:
                self._keys[key_hash] = self._keys[key_hash].model_copy(update={"last_used_at": now})
