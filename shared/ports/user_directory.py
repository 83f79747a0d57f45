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

    def delete(self, user_id: str) -> None:
        """Forget a profile; one that is not there is no error."""
        ...
