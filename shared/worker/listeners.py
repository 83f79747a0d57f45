"""Those who listen to jobs over a connection: who still may, what is said to them, and how they leave.

A connection stands in two places: its own record names the jobs that it watches, each of these jobs names
the connection. The record is written first and deleted last, so from it everything can be undone.
"""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.connections import Connection
from shared.domain.errors import TransientError
from shared.log import get_logger
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.connection_store import ConnectionStore
from shared.ports.job_store import JobStore
from shared.ports.sockets import SocketGone, Sockets

_log = get_logger(__name__)


class Listeners:
    """Everybody's connections."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        connections: ConnectionStore,
        keys: ApiKeyStore,
        sockets: Sockets,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._connections = connections
        self._keys = keys
        self._sockets = sockets
        self._clock = clock

    def may_listen(self, connection: Connection) -> bool:
        """Whether what it was opened with is good: a revoked key or an expired token is not."""
        now = self._clock.now()
        if connection.has_expired(now):
            return False
        if connection.key_hash is None:
            return True
        key = self._keys.get(connection.key_hash)
        return key is not None and key.is_valid_at(now)

    def tell(
        self, job_id: str, connection_ids: Collection[str], text: str, *, seconds: float, is_last: bool
    ) -> frozenset[str]:
        """Say it to each, for so many seconds at most; returns those that it could not be said to.

        After the last message of a job its listeners are none of it any more, one by one as they are told.
        Whoever is gone, or may listen no longer, leaves for good.
        """
        deadline = self._clock.monotonic() + seconds
        untold = set(connection_ids)
        known = {one.connection_id: one for one in self._connections.get_many(sorted(connection_ids))}
        for connection_id in sorted(connection_ids):
            if self._clock.monotonic() >= deadline:
                _log.warning("no time to tell the others", job_id=job_id, others=len(untold))
                break
            # That read may be a moment old: who came since is looked up again.
            connection = known.get(connection_id) or self._connections.get(connection_id)
            if connection is None:
                self._jobs.unwatch(job_id, [connection_id])
            elif not self._say(connection, text):
                continue
            elif is_last:
                self.leave(connection_id, job_id)
            untold.discard(connection_id)
        return frozenset(untold)

    def leave(self, connection_id: str, job_id: str) -> None:
        """A connection watches a job no longer."""
        self._jobs.unwatch(job_id, [connection_id])
        self._connections.remove_job(connection_id, job_id)

    def drop(self, connection: Connection) -> None:
        """A connection is no more."""
        for job_id in connection.job_ids:
            self._jobs.unwatch(job_id, [connection.connection_id])
        self._connections.delete(connection.connection_id)

    def _say(self, connection: Connection, text: str) -> bool:
        """Whether that is settled: it was said, or there is nobody to say it to."""
        try:
            if self.may_listen(connection):
                self._sockets.send(connection.connection_id, text)
                return True
            self._sockets.close(connection.connection_id)
            _log.info("connection ended: its credentials are no longer good", user_id=connection.user_id)
        except SocketGone:
            _log.info("connection gone", user_id=connection.user_id)
        except TransientError as error:
            _log.warning("a listener was not told", error=str(error))
            return False
        self.drop(connection)
        return True
