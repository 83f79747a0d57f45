"""Open WebSockets, wherever they are held: what is to be said over one is handed over here."""

from __future__ import annotations

from typing import Protocol


class SocketGone(Exception):
    """Nobody holds this connection any more."""


class Sockets(Protocol):
    """Every open connection of the system. Both calls end within a few seconds."""

    def send(self, connection_id: str, text: str) -> None:
        """Hand over a message (up to 128 KB), which is sent as one. Raises ``SocketGone``.

        Raises ``TransientError`` where nobody can know whether it was taken.
        """
        ...

    def close(self, connection_id: str) -> None:
        """End a connection; one that is gone is no error. Raises ``TransientError``."""
        ...
