"""Secrets in memory."""

from __future__ import annotations

from shared.ports.secrets import SecretMissing


class InMemorySecrets:
    """A ``SecretStore``."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def put(self, name: str, value: str) -> None:
        """Make the secret, or rotate it."""
        self._values.setdefault(name, []).insert(0, value)

    def values(self, name: str) -> tuple[str, ...]:
        """The last two, the newest first."""
        if name not in self._values:
            raise SecretMissing(name)
        return tuple(self._values[name][:2])
