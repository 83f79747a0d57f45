"""Where API keys are kept: their hashes, never their secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.api_keys import ApiKey

MAX_KEYS_A_USER = 50
"""So that all keys of a user can be read at once."""


class ApiKeyStore(Protocol):
    """API keys, found by their hash or by their user."""

    def add(self, key: ApiKey) -> None:
        """Store a new key. From now on it speaks for its user."""
        ...

    def get(self, key_hash: str) -> ApiKey | None:
        """The key with this hash (see ``hash_api_key``), as of a moment ago; expired ones as well."""
        ...

    def list(self, user_id: str) -> tuple[ApiKey, ...]:
        """A user's keys that were not revoked, oldest first."""
        ...

    def revoke(self, user_id: str, key_id: str) -> ApiKey | None:
        """Forget a key of this user; returns it as it stood, None if there is no such key."""
        ...

    def note_use(self, key_hash: str, *, now: datetime) -> None:
        """Put on record that the key was used. Nothing if it was revoked meanwhile."""
        ...
