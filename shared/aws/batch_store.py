"""Batches in the table.

::

    USER#{user_id} / BATCH#{batch_id}          the batch, until its owner's tier keeps it no longer
    USER#{user_id} / OPEN-BATCH#{batch_id}     a job that it waits for, until it was told of
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from boto3.dynamodb.conditions import Attr, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import (
    PARTITION_KEY,
    SORT_KEY,
    TTL,
    Plain,
    decode,
    key_of,
    plain_of,
    record_of,
    ttl_of_remains,
    unindexed,
)
from shared.aws.table import Changes, Table
from shared.aws.time_index import found_at, keys_until
from shared.domain.batches import Batch, BatchOutcome, OpenBatch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KIND: Final = "OPEN-BATCH"
_USER = "USER#"
_AWAITED = "awaited"
_OUTCOME = "outcome"


class DynamoBatchStore:
    """A ``BatchStore``. An id takes about 30 bytes: a thousand fit into an item with room to spare.

    IAM: dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem
    IAM: dynamodb:Query
    Table: keys ``PK``, ``SK``; index ``status-created-index`` with keys alone; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def put(self, batch: Batch) -> None:
        """Store a batch; it keeps out of the jobs' indexes."""
        ttl = int(batch.kept_until.timestamp())
        # A batch is no job, and the user's list is an index of whatever has both its keys.
        key = _key_of(batch.user_id, batch.batch_id)
        self._table.put({**key, **unindexed(plain_of(batch)), TTL: ttl})

    def get(self, user_id: str, batch_id: str) -> Batch | None:
        """The batch as of now."""
        item = self._table.get(_key_of(user_id, batch_id), consistent=True)
        return None if item is None else record_of(Batch, item)

    def list(self, user_id: str) -> tuple[Batch, ...]:
        """A user's batches: their ids sort as their times do."""
        of_user = Key(PARTITION_KEY).eq(f"{_USER}{user_id}") & Key(SORT_KEY).begins_with("BATCH#")
        return tuple(record_of(Batch, item) for item in self._table.query_all(of_user))

    def settle(self, batch: Batch, outcome: BatchOutcome) -> Batch | None:
        """Set its outcome, unless it has one."""
        nobody_has = Attr(PARTITION_KEY).exists() & Attr(_OUTCOME).not_exists()
        changes = Changes(put={_OUTCOME: plain_of(outcome)})
        try:
            key = _key_of(batch.user_id, batch.batch_id)
            return record_of(Batch, self._table.update(key, changes, condition=nobody_has))
        except ConditionFailed as refused:
            return None if refused.item is None else record_of(Batch, decode(refused.item))

    def open(self, batch: Batch, *, awaited: str) -> None:
        """Put it where the sweep finds it."""
        self._table.put(
            {
                **_open_key_of(batch.user_id, batch.batch_id),
                **found_at(batch.created_at, _KIND),
                _AWAITED: awaited,
                TTL: ttl_of_remains(batch.kept_until),
            }
        )

    def opened(self, user_id: str, batch_id: str) -> OpenBatch | None:
        """What it waits for: half a kilobyte at most, however large the batch."""
        item = self._table.get(_open_key_of(user_id, batch_id), consistent=True)
        return None if item is None else _open_batch_in(item)

    def await_another(self, batch: OpenBatch, *, awaited: str) -> bool:
        """Let it wait for another job, as long as it waits as it did."""
        try:
            self._table.update(
                _open_key_of(batch.user_id, batch.batch_id),
                Changes(put={_AWAITED: awaited}),
                condition=Attr(_AWAITED).eq(batch.awaited),
            )
        except ConditionFailed:
            return False
        return True

    def close(self, user_id: str, batch_id: str) -> None:
        """Take it away."""
        self._table.delete(_open_key_of(user_id, batch_id))

    def open_until(self, moment: datetime, *, most: int) -> tuple[OpenBatch, ...]:
        """Keys from the index, then their records, a hundred at a time."""
        found = keys_until(self._table, _KIND, moment, most=most)
        keys = [key_of(item[PARTITION_KEY], item[SORT_KEY]) for item in found]
        pages = (self._table.get_many(keys[start : start + 100]) for start in range(0, len(keys), 100))
        opened = [_open_batch_in(item) for page in pages for item in page]
        return tuple(sorted(opened, key=lambda batch: batch.batch_id))


def _key_of(user_id: str, batch_id: str) -> Plain:
    return key_of(f"{_USER}{user_id}", f"BATCH#{batch_id}")


def _open_key_of(user_id: str, batch_id: str) -> Plain:
    return key_of(f"{_USER}{user_id}", f"{_KIND}#{batch_id}")


def _open_batch_in(item: Plain) -> OpenBatch:
    return OpenBatch(
        user_id=item[PARTITION_KEY].removeprefix(_USER),
        batch_id=item[SORT_KEY].removeprefix(f"{_KIND}#"),
        awaited=item[_AWAITED],
    )
