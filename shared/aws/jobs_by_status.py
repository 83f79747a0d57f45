"""The jobs of a status, page by page, oldest first: for sweeps, not for users.

The index holds keys alone, so that each change of a job's status writes a few hundred bytes into it and
not the whole record. A page is therefore two calls: keys from the index, then their records.
"""

from __future__ import annotations

from datetime import datetime

from boto3.dynamodb.conditions import Key

from shared.aws.items import PARTITION_KEY, SORT_KEY, Plain
from shared.aws.job_items import job_key, job_of
from shared.aws.table import Table
from shared.domain.jobs import JobStatus
from shared.domain.record import format_time
from shared.ports.job_store import JobPage

INDEX = "status-created-index"

_BEFORE_ANY_TIME = "0"


class JobsByStatus:
    """Reads :data:`INDEX` and the records of what it names."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(
        self,
        status: JobStatus,
        *,
        created_since: datetime | None,
        created_until: datetime,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """See ``JobStore.page_by_status``."""
        first = _BEFORE_ANY_TIME if created_since is None else format_time(created_since)
        last = format_time(created_until)
        after = None if cursor is None else _start_key(cursor, status)
        if after is not None and after["createdAt"] < first:
            after = None  # the walk rested for so long that its place is out of bounds: a query refuses it
        if first > last or (after is not None and after["createdAt"] > last):
            return JobPage((), None)
        read = self._table.query_oldest_first(
            INDEX,
            Key("status").eq(status.value) & Key("createdAt").between(first, last),
            read_at_most=limit,
            after=after,
        )
        items = self._table.get_many([_primary_key(item) for item in read.items])
        # The index lags: a job that has left the status by now, or was deleted, is none of this page's.
        jobs = (job_of(item) for item in items if item.get("status") == status.value)
        oldest_first = sorted(jobs, key=lambda job: (job.created_at, job.job_id))
        return JobPage(tuple(oldest_first), _cursor_at(read.next_key) if read.next_key else None)


def _primary_key(item: Plain) -> Plain:
    return {PARTITION_KEY: item[PARTITION_KEY], SORT_KEY: item[SORT_KEY]}


def _cursor_at(key: Plain) -> str:
    return f"{key['createdAt']}/{key[PARTITION_KEY].removeprefix('JOB#')}"


def _start_key(cursor: str, status: JobStatus) -> Plain:
    created_at, _, job_id = cursor.partition("/")
    return {**job_key(job_id), "status": status.value, "createdAt": created_at}
