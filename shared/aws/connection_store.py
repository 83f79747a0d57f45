"""Connections in the table: one item each, with the set of the jobs that it watches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, TTL, Plain, key_of, plain_of, record_of
from shared.aws.table import Changes, Table
from shared.domain.connections import LONGEST, Connection
from shared.ports.connection_store import ConnectionMissing, TooManyJobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_JOBS = "jobIds"
_KEPT = LONGEST + timedelta(minutes=10)


class DynamoConnectionStore:
    """A ``ConnectionStore``.

    IAM: dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def add(self, connection: Connection) -> None:
        """Put it on record without jobs; the set is made by the first."""
        fields = plain_of(connection)
        del fields[_JOBS]
        ttl = int((connection.connected_at + _KEPT).timestamp())
        self._table.put({**_key_of(connection.connection_id), **fields, TTL: ttl})

    def get(self, connection_id: str) -> Connection | None:
        """The connection, or None."""
        item = self._table.get(_key_of(connection_id), consistent=True)
        return None if item is None else record_of(Connection, item)

    def get_many(self, connection_ids: Sequence[str]) -> tuple[Connection, ...]:
        """Those that are there: one call."""
        if not connection_ids:
            return ()
        found = self._table.get_many([_key_of(one) for one in dict.fromkeys(connection_ids)])
        return tuple(record_of(Connection, item) for item in found)

    def add_job(self, connection_id: str, job_id: str, *, most: int) -> None:
        """Add to the set, if it is below its size or holds the job already."""
        is_there = Attr(PARTITION_KEY).exists()
        may_join = Attr(_JOBS).not_exists() | Attr(_JOBS).size().lt(most) | Attr(_JOBS).contains(job_id)
        try:
            changes = Changes(add={_JOBS: {job_id}})
            self._table.update(_key_of(connection_id), changes, condition=is_there & may_join)
        except ConditionFailed as refused:
            raise (ConnectionMissing if refused.item is None else TooManyJobs) from refused

    def remove_job(self, connection_id: str, job_id: str) -> None:
        """Take from the set; an update without a condition would make the record anew."""
        changes = Changes(discard={_JOBS: {job_id}})
        try:
            self._table.update(_key_of(connection_id), changes, condition=Attr(PARTITION_KEY).exists())
        except ConditionFailed:
            return

    def delete(self, connection_id: str) -> None:
        """Forget it."""
        self._table.delete(_key_of(connection_id))


def _key_of(connection_id: str) -> Plain:
    return key_of(f"CONNECTION#{connection_id}")
