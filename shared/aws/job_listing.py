"""A user's jobs, page by page, from the index; and the cursor that names the place.

A filter applies after the index was read, so a page of few matches may need several reads. They are
bounded: a page may then come short, or empty, with a cursor that goes on where reading stopped. So is what
a page holds.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from operator import and_

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from pydantic import Field, ValidationError

from shared.aws.items import PARTITION_KEY, Plain
from shared.aws.job_items import job_key, job_of
from shared.aws.table import Table
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import ID_PATTERN
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.record import Record, Timestamp, format_time
from shared.ports.job_store import JobPage

INDEX = "user-jobs-index"
MOST_READS_A_PAGE = 10
ITEMS_A_FILTERED_READ = 200
MOST_OUTPUTS_A_PAGE = 8_000
"""A job that was split into a thousand pieces takes a quarter of a megabyte, and Lambda answers six."""


class _Cursor(Record):
    """The last job that was read. Unsigned: it opens nothing that its user can't list anyway."""

    user_id: str
    created_at: Timestamp
    job_id: str = Field(pattern=ID_PATTERN)

    def to_text(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str, user_id: str) -> _Cursor:
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = cls.model_validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeEncodeError, binascii.Error, ValidationError) as error:
            raise PermanentError(Fault.INVALID_CURSOR) from error
        if cursor.user_id != user_id:
            raise PermanentError(Fault.INVALID_CURSOR)
        return cursor

    def to_key(self) -> Plain:
        return {**job_key(self.job_id), "userId": self.user_id, "createdAt": format_time(self.created_at)}


class JobListing:
    """Reads :data:`INDEX`."""

    def __init__(
        self,
        table: Table,
        *,
        most_reads: int = MOST_READS_A_PAGE,
        items_a_filtered_read: int = ITEMS_A_FILTERED_READ,
    ) -> None:
        self._table = table
        self._most_reads = most_reads
        self._items_a_filtered_read = items_a_filtered_read

    def page(
        self,
        user_id: str,
        *,
        status: JobStatus | None,
        job_type: JobType | None = None,
        limit: int,
        cursor: str | None,
    ) -> JobPage:
        """See ``JobStore.list_for_user``. Reads one job more than asked, to know whether any follow."""
        after = None if cursor is None else _Cursor.from_text(cursor, user_id).to_key()
        only = _only(status, job_type)
        found: list[Job] = []
        for _ in range(self._most_reads):
            read = self._table.query_newest_first(
                INDEX,
                Key("userId").eq(user_id),
                only=only,
                read_at_most=limit + 1 if only is None else max(self._items_a_filtered_read, limit + 1),
                after=after,
            )
            found.extend(job_of(item) for item in read.items)
            after = read.next_key
            fitting = _how_many_fit(found, limit)
            if len(found) > fitting:
                return JobPage(tuple(found[:fitting]), _cursor_after(found[fitting - 1]))
            if after is None:
                break
        return JobPage(tuple(found), _cursor_at(after) if after else None)


def _only(status: JobStatus | None, job_type: JobType | None) -> ConditionBase | None:
    wanted: list[ConditionBase] = []
    if status is not None:
        wanted.append(Attr("status").eq(status.value))
    if job_type is not None:
        wanted.append(Attr("type").eq(job_type.value))
    return reduce(and_, wanted) if wanted else None


def _how_many_fit(found: Sequence[Job], limit: int) -> int:
    """At least one, however many outputs it has."""
    totals = accumulate(len(job.outputs) for job in found[:limit])
    return max(1, sum(total <= MOST_OUTPUTS_A_PAGE for total in totals))


def _cursor_after(job: Job) -> str:
    return _Cursor(user_id=job.user_id, created_at=job.created_at, job_id=job.job_id).to_text()


def _cursor_at(key: Plain) -> str:
    job_id = key[PARTITION_KEY].removeprefix("JOB#")
    return _Cursor(user_id=key["userId"], created_at=key["createdAt"], job_id=job_id).to_text()
