"""Users and keys in memory."""

from __future__ import annotations

from shared.domain.users import User


class InMemoryUserDirectory:
    """A ``UserDirectory``."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._user_id_by_key_hash: dict[str, str] = {}

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        return self._users.get(user_id)

    def user_id_of_key(self, key_hash: str) -> str | None:
        """The key's user, or None."""
        return self._user_id_by_key_hash.get(key_hash)

    def put(self, user: User) -> None:
        """Store a user."""
        self._users[user.user_id] = user

    def put_key(self, key_hash: str, user_id: str) -> None:
        """Let a key speak for a user."""
        self._user_id_by_key_hash[key_hash] = user_id
