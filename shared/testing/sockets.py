"""Sockets that keep what was said over them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from shared.ports.sockets import SocketGone


class RecordingSockets:
    """``Sockets``; every connection is open until a test or :meth:`close` says otherwise.

    ``failures`` holds what calls for a connection raise, one each.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.closed: list[str] = []
        self.gone: set[str] = set()
        self.failures: dict[str, list[Exception]] = defaultdict(list)

    def send(self, connection_id: str, text: str) -> None:
        """Keep it."""
        if connection_id in self.gone:
            raise SocketGone
        if self.failures[connection_id]:
            raise self.failures[connection_id].pop(0)
        self.texts[connection_id].append(text)

    def close(self, connection_id: str) -> None:
        """From now on it is gone."""
        if connection_id not in self.gone:
            self.closed.append(connection_id)
            self.gone.add(connection_id)

    def heard(self, connection_id: str) -> list[dict[str, Any]]:
        """The messages of one connection."""
        return [json.loads(text) for text in self.texts[connection_id]]
