"""Connections in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from shared.domain.connections import Connection
from shared.ports.connection_store import ConnectionMissing, TooManyJobs


class InMemoryConnectionStore:
    """A ``ConnectionStore``."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def add(self, connection: Connection) -> None:
        """Put it on record without jobs."""
        with self._lock:
            self._keep(connection, frozenset())

    def get(self, connection_id: str) -> Connection | None:
        """The connection, or None."""
        with self._lock:
            return self._connections.get(connection_id)

    def get_many(self, connection_ids: Sequence[str]) -> tuple[Connection, ...]:
        """Those that are there."""
        with self._lock:
            known = self._connections
            return tuple(known[one] for one in dict.fromkeys(connection_ids) if one in known)

    def add_job(self, connection_id: str, job_id: str, *, most: int) -> None:
        """Add a job, if there is room."""
        with self._lock:
            connection = self._connections.get(connection_id)
            if connection is None:
                raise ConnectionMissing
            if len(connection.job_ids - {job_id}) >= most:
                raise TooManyJobs
            self._keep(connection, connection.job_ids | {job_id})

    def remove_job(self, connection_id: str, job_id: str) -> None:
        """Take a job away."""
        with self._lock:
            connection = self._connections.get(connection_id)
            if connection is not None:
                self._keep(connection, connection.job_ids - {job_id})

    def delete(self, connection_id: str) -> None:
        """Forget it."""
        with self._lock:
            self._connections.pop(connection_id, None)

    def _keep(self, connection: Connection, job_ids: frozenset[str]) -> None:
        changed = connection.model_copy(update={"job_ids": job_ids})
        self._connections[connection.connection_id] = changed
