"""Batches in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from shared.domain.batches import Batch, BatchOutcome, OpenBatch


class InMemoryBatchStore:
    """A ``BatchStore``."""

    def __init__(self) -> None:
        self._batches: dict[tuple[str, str], Batch] = {}
        self._open: dict[tuple[str, str], tuple[datetime, OpenBatch]] = {}
        self._lock = threading.Lock()

    def put(self, batch: Batch) -> None:
        """Store a batch."""
        with self._lock:
            self._batches[batch.user_id, batch.batch_id] = batch

    def get(self, user_id: str, batch_id: str) -> Batch | None:
        """The batch, or None."""
        return self._batches.get((user_id, batch_id))

    def list(self, user_id: str) -> tuple[Batch, ...]:
        """A user's batches."""
        with self._lock:
            found = [batch for batch in self._batches.values() if batch.user_id == user_id]
        return tuple(sorted(found, key=lambda batch: batch.batch_id))

    def settle(self, batch: Batch, outcome: BatchOutcome) -> Batch | None:
        """Set its outcome, unless it has one."""
        with self._lock:
            key = (batch.user_id, batch.batch_id)
            stored = self._batches.get(key)
            if stored is None or stored.outcome is not None:
                return stored
            self._batches[key] = stored.model_copy(update={"outcome": outcome})
            return self._batches[key]

    def open(self, batch: Batch, *, awaited: str) -> None:
        """Put it among those to be told of."""
        with self._lock:
            opened = OpenBatch(user_id=batch.user_id, batch_id=batch.batch_id, awaited=awaited)
            self._open[batch.user_id, batch.batch_id] = (batch.created_at, opened)

    def opened(self, user_id: str, batch_id: str) -> OpenBatch | None:
        """What it waits for."""
        return self._open.get((user_id, batch_id), (None, None))[1]

    def await_another(self, batch: OpenBatch, *, awaited: str) -> bool:
        """Let it wait for another job, as long as it waits as it did."""
        with self._lock:
            key = (batch.user_id, batch.batch_id)
            created_at, stands = self._open.get(key, (None, None))
            if created_at is None or stands != batch:
                return False
            self._open[key] = (created_at, batch.model_copy(update={"awaited": awaited}))
            return True

    def close(self, user_id: str, batch_id: str) -> None:
        """Take it away."""
        with self._lock:
            self._open.pop((user_id, batch_id), None)

    def open_until(self, moment: datetime, *, most: int) -> tuple[OpenBatch, ...]:
        """Those created up to a moment, oldest first."""
        with self._lock:
            found = sorted(self._open.values(), key=lambda opened: (opened[0], opened[1].batch_id))
        return tuple(opened for created_at, opened in found if created_at <= moment)[:most]
