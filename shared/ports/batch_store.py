"""Where batches are kept."""

from __future__ import annotations

from typing import Protocol

from shared.domain.batches import Batch


class BatchStore(Protocol):
    """Batches, by id."""

    def put(self, batch: Batch) -> None:
        """Store a batch, until its ``kept_until``."""
        ...

    def get(self, batch_id: str) -> Batch | None:
        """The batch as of now (strongly consistent)."""
        ...
