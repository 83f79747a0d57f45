"""Secrets that are kept apart from settings."""

from __future__ import annotations

from typing import Protocol


class SecretMissing(Exception):
    """There is no such secret, or no value in it."""


class SecretStore(Protocol):
    """Where secrets lie."""

    def values(self, name: str) -> tuple[str, ...]:
        """The value of a secret and, after a rotation, the one before: what was made with it still counts.

        Raises :class:`SecretMissing`, or ``TransientError`` where nobody could say.
        """
        ...
