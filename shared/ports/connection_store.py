"""Which connections are open, whose they are, and what they watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.domain.connections import Connection


class ConnectionMissing(Exception):
    """There is no such connection (any more)."""


class TooManyJobs(Exception):
    """The connection watches as many jobs as it may."""


class ConnectionStore(Protocol):
    """Records of connections; each goes by itself some time after the connection must have ended."""

    def add(self, connection: Connection) -> None:
        """Put a new connection on record."""
        ...

    def get(self, connection_id: str) -> Connection | None:
        """The connection as of now, or None."""
        ...

    def get_many(self, connection_ids: Sequence[str]) -> tuple[Connection, ...]:
        """Those of up to 100 that are on record, in no order, as of a moment ago."""
        ...

    def add_job(self, connection_id: str, job_id: str, *, most: int) -> None:
        """It watches a job. Raises ``TooManyJobs`` if it watches ``most`` others, ``ConnectionMissing``."""
        ...

    def remove_job(self, connection_id: str, job_id: str) -> None:
        """It does no longer; where either is not there, that is no error."""
        ...

    def delete(self, connection_id: str) -> None:
        """Forget a connection; one that is not there is no error."""
        ...
