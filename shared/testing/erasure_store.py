"""Erasures in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from shared.domain.erasures import Erasure


class InMemoryErasureStore:
    """An ``ErasureStore``."""

    def __init__(self) -> None:
        self._erasures: dict[str, Erasure] = {}
        self._held_until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, erasure: Erasure) -> None:
        """Store a new one."""
        with self._lock:
            self._erasures[erasure.receipt_id] = erasure

    def get(self, receipt_id: str) -> Erasure | None:
        """How far it is."""
        return self._erasures.get(receipt_id)

    def drop(self, receipt_id: str) -> None:
        """Forget it."""
        with self._lock:
            self._erasures.pop(receipt_id, None)

    def open_until(self, moment: datetime, *, most: int) -> tuple[str, ...]:
        """Those not completed, oldest first."""
        with self._lock:
            found = [
                one
                for one in self._erasures.values()
                if one.completed_at is None and one.requested_at <= moment
            ]
        found.sort(key=lambda one: one.requested_at)
        return tuple(one.receipt_id for one in found[:most])

    def claim(self, receipt_id: str, *, now: datetime, until: datetime) -> Erasure | None:
        """Take it, if it is open and nobody has it."""
        with self._lock:
            erasure = self._erasures.get(receipt_id)
            held_until = self._held_until.get(receipt_id)
            if erasure is None or erasure.completed_at is not None or (held_until and held_until > now):
                return None
            self._held_until[receipt_id] = until
            return erasure

    def count(
        self, receipt_id: str, *, jobs: int = 0, objects: int = 0, webhooks: int = 0, keys: int = 0
    ) -> None:
        """Add to what was deleted."""
        with self._lock:
            stands = self._erasures[receipt_id]
            self._erasures[receipt_id] = stands.model_copy(
                update={
                    "jobs": stands.jobs + jobs,
                    "objects": stands.objects + objects,
                    "webhooks": stands.webhooks + webhooks,
                    "keys": stands.keys + keys,
                }
            )

    def release(self, receipt_id: str) -> None:
        """Let the next run take it at once."""
        with self._lock:
            self._held_until.pop(receipt_id, None)

    def complete(self, receipt_id: str, *, now: datetime) -> None:
        """Completed, without its user."""
        with self._lock:
            changes = {"completed_at": now, "user_id": None}
            self._erasures[receipt_id] = self._erasures[receipt_id].model_copy(update=changes)
