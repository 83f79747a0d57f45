"""API keys: what a program signs in with.

The secret is shown once, when it is made; only its SHA-256 is stored. The record keeps its first characters,
so that an owner can tell keys apart.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from shared.domain.record import Record, Timestamp

SECRET_PREFIX = "escriba_"  # noqa: S105 - not a secret, but what begins one
"""Tells our keys from other secrets, for whoever finds one, and from tokens in the Authorization header."""

SHOWN_CHARACTERS = len(SECRET_PREFIX) + 4
_RANDOM_BYTES = 32


class Scope(StrEnum):
    """What a key may do: ``read`` looks at things, ``full`` makes, changes and deletes them as well."""

    READ = "read"
    FULL = "full"


class ApiKey(Record):
    """One ``KEY#{key_hash}`` record. ``last_used_at`` is exact to a minute."""

    key_id: str
    key_hash: str
    user_id: str
    name: str = ""
    prefix: str
    scope: Scope = Scope.FULL
    created_at: Timestamp
    expires_at: Timestamp | None = None
    last_used_at: Timestamp | None = None

    def is_valid_at(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at


def new_api_secret() -> str:
    """A key of 256 random bits, to be shown once."""
    return SECRET_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def hash_api_key(api_key: str) -> str:
    """SHA-256 in hex. Keys are long random strings, so a plain hash is enough to store them."""
    return hashlib.sha256(api_key.encode()).hexdigest()
