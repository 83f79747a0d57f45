"""Where batches are kept, and which of them are still to be told of."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.batches import Batch, BatchOutcome, OpenBatch


class BatchStore(Protocol):
    """Batches, by their user and id; of those to be told of as a whole also what they wait for."""

    def put(self, batch: Batch) -> None:
        """Store a batch, until its ``kept_until``."""
        ...

    def get(self, user_id: str, batch_id: str) -> Batch | None:
        """The batch as of now (strongly consistent)."""
        ...

    def list(self, user_id: str) -> tuple[Batch, ...]:
        """A user's batches, oldest first."""
        ...

    def settle(self, batch: Batch, outcome: BatchOutcome) -> Batch | None:
        """Set its outcome, unless it has one; the batch as it stands then, None if it is gone."""
        ...

    def open(self, batch: Batch, *, awaited: str) -> None:
        """Put it among those to be told of, waiting for one of its jobs."""
        ...

    def opened(self, user_id: str, batch_id: str) -> OpenBatch | None:
        """What it waits for as of now; None once it was told of."""
        ...

    def await_another(self, batch: OpenBatch, *, awaited: str) -> bool:
        """Let it wait for another job; False if it was told of, or no longer waits as ``batch`` says."""
        ...

    def close(self, user_id: str, batch_id: str) -> None:
        """It was told of, or never will be."""
        ...

    def open_until(self, moment: datetime, *, most: int) -> tuple[OpenBatch, ...]:
        """Those of all users created up to a moment that are to be told of, oldest first."""
        ...
