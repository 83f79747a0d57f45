"""Records that a sweep finds by time: they borrow the index of jobs by status.

That index holds keys alone, of every item with ``status`` and ``createdAt``. A record that a sweep is to find
carries a ``status`` that no job has, and under ``createdAt`` the time that it is to be found by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from boto3.dynamodb.conditions import Key

from shared.aws.items import Plain
from shared.aws.jobs_by_status import INDEX
from shared.aws.table import Table
from shared.domain.record import format_time

_KEYS_A_READ = 1_000
INDEXED: Final = ("status", "createdAt")
"""What :func:`found_at` adds; an item without them is found no more."""


def found_at(moment: datetime, kind: str) -> Plain:
    """The attributes that put a record into the index."""
    return {"status": kind, "createdAt": format_time(moment)}


def keys_until(table: Table, kind: str, moment: datetime, *, most: int) -> list[Plain]:
    """The primary keys of a kind's records up to a moment, oldest first; a second old, at worst."""
    due = Key("status").eq(kind) & Key("createdAt").lte(format_time(moment))
    found: list[Plain] = []
    after: Plain | None = None
    while len(found) < most:
        page = table.query_oldest_first(
            INDEX, due, read_at_most=min(_KEYS_A_READ, most - len(found)), after=after
        )
        found += page.items
        after = page.next_key
        if after is None:
            break
    return found
