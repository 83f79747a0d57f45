"""Users in memory."""

from __future__ import annotations

import threading

from shared.domain.users import User


class InMemoryUserDirectory:
    """A ``UserDirectory``."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._lock = threading.Lock()

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        with self._lock:
            return self._users.get(user_id)

    def put(self, user: User) -> None:
        """Store a user."""
        with self._lock:
            self._users[user.user_id] = user

    def add(self, user: User) -> User:
        """Store a user unless the profile is there."""
        with self._lock:
            return self._users.setdefault(user.user_id, user)

    def close(self, user_id: str, *, receipt_id: str) -> str:
        """Close an account."""
        with self._lock:
            user = self._users.get(user_id)
            if user is None:
                return receipt_id
            self._users[user_id] = user.model_copy(update={"erasure": user.erasure or receipt_id})
            return user.erasure or receipt_id

    def delete(self, user_id: str) -> None:
        """Forget a profile."""
        with self._lock:
            self._users.pop(user_id, None)
