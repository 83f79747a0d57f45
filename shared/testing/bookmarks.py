"""Bookmarks in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from shared.ports.bookmarks import Bookmark


class InMemoryBookmarks:
    """``Bookmarks``."""

    def __init__(self) -> None:
        self._bookmarks: dict[str, Bookmark] = {}
        self._lock = threading.Lock()

    def get(self, walk: str) -> Bookmark:
        """Where the walk stands."""
        with self._lock:
            return self._bookmarks.get(walk, Bookmark())

    def move(
        self, walk: str, *, seen: Bookmark, cursor: str | None, round_began_at: datetime
    ) -> Bookmark | None:
        """Move it on, unless somebody did."""
        moved = Bookmark(cursor=cursor, round_began_at=round_began_at, moves=seen.moves + 1)
        with self._lock:
            if self._bookmarks.get(walk, Bookmark()).moves != seen.moves:
                return None
            self._bookmarks[walk] = moved
            return moved
