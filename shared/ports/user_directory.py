"""Who the users are."""

from __future__ import annotations

from typing import Protocol

from shared.domain.users import User


class UserDirectory(Protocol):
    """Profiles."""

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        ...

    def put(self, user: User) -> None:
        """Store a user, replacing the profile that stood there."""
        ...

    def add(self, user: User) -> User:
        """Store a user unless the profile is there; returns the one that stands."""
        ...

    def close(self, user_id: str, *, receipt_id: str) -> str:
        """Close an account whose profile is there; returns the receipt that stands, which may be another.

        Without a profile nothing is closed, and the receipt is the one handed in.
        """
        ...

    def delete(self, user_id: str) -> None:
        """Forget the user: the profile, and all else that is kept under the user, whatever it is."""
        ...
