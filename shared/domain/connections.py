"""Connections (WebSockets) over which a caller hears how jobs go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.record import Record, Timestamp

LONGEST = timedelta(hours=2)
"""API Gateway ends a connection then, so everybody does:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""
MOST_JOBS = 50
"""Jobs that one connection watches."""
MOST_WATCHERS = 20
"""Connections that watch one job."""


class Connection(Record):
    """One ``CONNECTION#{connection_id}`` record.

    ``key_hash`` is the API key's that it was opened with, None where a token was; ``until`` is when the
    credentials expire (None: never). ``job_ids`` holds every job that may have the connection among its
    watchers.
    """

    connection_id: str
    user_id: str
    key_hash: str | None = None
    until: Timestamp | None = None
    job_ids: frozenset[str] = frozenset()
    connected_at: Timestamp

    def has_expired(self, now: datetime) -> bool:
        """Whether its time, or that of its credentials, is over."""
        return now >= self.connected_at + LONGEST or (self.until is not None and now >= self.until)
