"""Who owns jobs, and the keys they call with."""

from __future__ import annotations

import hashlib

from shared.domain.record import Record, Timestamp


class User(Record):
    """One ``USER#{user_id}`` record."""

    user_id: str
    email: str
    created_at: Timestamp


def hash_api_key(api_key: str) -> str:
    """SHA-256 in hex. Keys are long random strings, so a plain hash is enough to store them."""
    return hashlib.sha256(api_key.encode()).hexdigest()
