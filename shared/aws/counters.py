"""Counts in the table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import TTL, Plain, decode, key_of
from shared.aws.table import Changes, Table
from shared.ports.counters import LimitReached

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_COUNT = "taken"


class DynamoCounters:
    """``Counters``. A name should stand for one window of time: the table deletes late.

    IAM: dynamodb:GetItem, dynamodb:UpdateItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def take(self, name: str, amount: int, *, most: int, expires_at: datetime) -> int:
        """Count more: an atomic ADD that a condition guards."""
        nobody_counted = Attr(_COUNT).not_exists()
        changes = Changes(put={TTL: int(expires_at.timestamp())}, add={_COUNT: amount})
        if amount > most:
            raise LimitReached(self.get(name))
        try:
            item = self._table.update(
                _key_of(name), changes, condition=nobody_counted | Attr(_COUNT).lte(most - amount)
            )
        except ConditionFailed as refused:
            raise LimitReached(0 if refused.item is None else int(decode(refused.item)[_COUNT])) from refused
        return int(item[_COUNT])

    def get(self, name: str) -> int:
        """The count."""
        item = self._table.get(_key_of(name), consistent=False)
        return 0 if item is None else int(item[_COUNT])


def _key_of(name: str) -> Plain:
    return key_of(f"RATE#{name}")
