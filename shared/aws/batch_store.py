"""Batches in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.aws.items import TTL, Plain, key_of, plain_of, record_of, unindexed
from shared.aws.table import Table
from shared.domain.batches import Batch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoBatchStore:
    """A ``BatchStore``. An id takes about 30 bytes: a thousand fit into an item with room to spare.

    IAM: dynamodb:GetItem, dynamodb:PutItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def put(self, batch: Batch) -> None:
        """Store a batch; it keeps out of the jobs' indexes."""
        ttl = int(batch.kept_until.timestamp())
        # A batch is no job, and the user's list is an index of whatever has both its keys.
        self._table.put({**_key_of(batch.batch_id), **unindexed(plain_of(batch)), TTL: ttl})

    def get(self, batch_id: str) -> Batch | None:
        """The batch as of now."""
        item = self._table.get(_key_of(batch_id), consistent=True)
        return None if item is None else record_of(Batch, item)


def _key_of(batch_id: str) -> Plain:
    return key_of(f"BATCH#{batch_id}")
