"""Bookmarks in the table: one small item a walk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, ConditionBase

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, Plain, key_of, record_of
from shared.aws.table import Changes, Table
from shared.domain.record import format_time
from shared.ports.bookmarks import Bookmark

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoBookmarks:
    """``Bookmarks``.

    IAM: dynamodb:GetItem, dynamodb:UpdateItem
    Table: keys ``PK``, ``SK``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def get(self, walk: str) -> Bookmark:
        """Where the walk stands."""
        item = self._table.get(_key_of(walk), consistent=True)
        return Bookmark() if item is None else record_of(Bookmark, item)

    def move(
        self, walk: str, *, seen: Bookmark, cursor: str | None, round_began_at: datetime
    ) -> Bookmark | None:
        """Move it on, unless somebody did."""
        put = {"roundBeganAt": format_time(round_began_at)}
        changes = (
            Changes(put=put, add={"moves": 1}, remove=("cursor",))
            if cursor is None
            else Changes(put={**put, "cursor": cursor}, add={"moves": 1})
        )
        try:
            item = self._table.update(_key_of(walk), changes, condition=_still(seen))
        except ConditionFailed:
            return None
        return record_of(Bookmark, item)


def _key_of(walk: str) -> Plain:
    return key_of(f"BOOKMARK#{walk}")


def _still(seen: Bookmark) -> ConditionBase:
    never_moved = Attr(PARTITION_KEY).not_exists()
    return never_moved if seen.moves == 0 else Attr("moves").eq(seen.moves)
