"""Who the users are and which API keys are theirs."""

from __future__ import annotations

from typing import Protocol

from shared.domain.users import User


class UserDirectory(Protocol):
    """Users and their hashed API keys."""

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        ...

    def user_id_of_key(self, key_hash: str) -> str | None:
        """The id of the user whose API key has this hash (see ``hash_api_key``), or None."""
        ...

    def put(self, user: User) -> None:
        """Store a user, replacing the profile that stood there."""
        ...

    def put_key(self, key_hash: str, user_id: str) -> None:
        """Let a key speak for a user."""
        ...
