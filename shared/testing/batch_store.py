"""Batches in memory."""

from __future__ import annotations

from shared.domain.batches import Batch


class InMemoryBatchStore:
    """A ``BatchStore``."""

    def __init__(self) -> None:
        self._batches: dict[str, Batch] = {}

    def put(self, batch: Batch) -> None:
        """Store a batch."""
        self._batches[batch.batch_id] = batch

    def get(self, batch_id: str) -> Batch | None:
        """The batch, or None."""
        return self._batches.get(batch_id)
