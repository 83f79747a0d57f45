"""Where a walk through many records stopped, so that the next one goes on from there."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.record import Record, Timestamp


class Bookmark(Record):
    """A place in a walk. ``cursor`` None: the walk stands at its beginning.

    ``round_began_at`` is when it last set out from there; ``moves`` makes each place distinct.
    """

    cursor: str | None = None
    round_began_at: Timestamp | None = None
    moves: int = 0


class Bookmarks(Protocol):
    """One bookmark a walk."""

    def get(self, walk: str) -> Bookmark:
        """Where the walk stands (strongly consistent); a new walk stands at its beginning."""
        ...

    def move(
        self, walk: str, *, seen: Bookmark, cursor: str | None, round_began_at: datetime
    ) -> Bookmark | None:
        """Move the bookmark on from ``seen``; None if somebody else has moved it since.

        One conditional write: of two walkers that saw the same place exactly one gets the page there.
        """
        ...
