"""Which accounts are to be erased, and how far that is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.erasures import Erasure


class ErasureStore(Protocol):
    """Erasures, by the id of their receipt."""

    def add(self, erasure: Erasure) -> None:
        """Store a new one."""
        ...

    def get(self, receipt_id: str) -> Erasure | None:
        """How far it is as of now; None where there is none, or none any more."""
        ...

    def drop(self, receipt_id: str) -> None:
        """Forget one that another stands for."""
        ...

    def open_until(self, moment: datetime, *, most: int) -> tuple[str, ...]:
        """The receipts of those asked for up to a moment and not completed, oldest first."""
        ...

    def claim(self, receipt_id: str, *, now: datetime, until: datetime) -> Erasure | None:
        """Take the right to work on it until a time; None if somebody else has it, or it is completed."""
        ...

    def count(
        self, receipt_id: str, *, jobs: int = 0, objects: int = 0, webhooks: int = 0, keys: int = 0
    ) -> None:
        """Add to what was deleted."""
        ...

    def release(self, receipt_id: str) -> None:
        """Give the right back: there is more to do."""
        ...

    def complete(self, receipt_id: str, *, now: datetime) -> None:
        """Nothing is left of the user: forget whose it was, and the receipt itself 30 days later."""
        ...
