"""Erasures in the table.

::

    open ── claim ──▶ worked on until a time ──┬─ release ──▶ open
      ▲                                        ├─ complete ─▶ completed: without its user, for 30 days
      └──────────── that time has passed ──────┘
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, TTL, Plain, key_of, plain_of, record_of, ttl_of_remains
from shared.aws.table import Changes, Table
from shared.aws.time_index import INDEXED, found_at, keys_until
from shared.domain.erasures import Erasure
from shared.domain.record import format_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KIND: Final = "ERASURE"
_HELD_UNTIL: Final = "heldUntil"
_LONG_AGO: Final = "0"
_USER: Final = "userId"
_COMPLETED_AT: Final = "completedAt"
_OWNER: Final = "ownerId"
"""The user's id, under a name that keeps it out of the index of a user's jobs."""


class DynamoErasureStore:
    """An ``ErasureStore``.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem, dynamodb:Query
    Table: keys ``PK``, ``SK``; index ``status-created-index`` with keys alone; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def add(self, erasure: Erasure) -> None:
        """Store it where the sweep finds it."""
        plain = plain_of(erasure)
        plain[_OWNER] = plain.pop(_USER)
        self._table.put({**_key_of(erasure.receipt_id), **plain, **found_at(erasure.requested_at, _KIND)})

    def get(self, receipt_id: str) -> Erasure | None:
        """How far it is."""
        item = self._table.get(_key_of(receipt_id), consistent=True)
        return None if item is None else _erasure_in(item)

    def drop(self, receipt_id: str) -> None:
        """Forget it."""
        self._table.delete(_key_of(receipt_id))

    def open_until(self, moment: datetime, *, most: int) -> tuple[str, ...]:
        """Keys from the index."""
        keys = keys_until(self._table, _KIND, moment, most=most)
        return tuple(str(key[PARTITION_KEY]).removeprefix(f"{_KIND}#") for key in keys)

    def claim(self, receipt_id: str, *, now: datetime, until: datetime) -> Erasure | None:
        """Take it, if it is open and nobody has it."""
        nobody_has_it = Attr(_HELD_UNTIL).not_exists() | Attr(_HELD_UNTIL).lte(format_time(now))
        is_open = Attr(PARTITION_KEY).exists() & Attr(_COMPLETED_AT).not_exists()
        changes = Changes(put={_HELD_UNTIL: format_time(until)})
        try:
            return _erasure_in(
                self._table.update(_key_of(receipt_id), changes, condition=is_open & nobody_has_it)
            )
        except ConditionFailed:
            return None

    def count(
        self, receipt_id: str, *, jobs: int = 0, objects: int = 0, webhooks: int = 0, keys: int = 0
    ) -> None:
        """One write, or none."""
        counts = {"jobs": jobs, "objects": objects, "webhooks": webhooks, "keys": keys}
        some = {name: count for name, count in counts.items() if count}
        if some:
            self._table.update(_key_of(receipt_id), Changes(add=some))

    def release(self, receipt_id: str) -> None:
        """Let the next run take it at once."""
        self._table.update(_key_of(receipt_id), Changes(put={_HELD_UNTIL: _LONG_AGO}))

    def complete(self, receipt_id: str, *, now: datetime) -> None:
        """Out of the index, and without its user."""
        self._table.update(
            _key_of(receipt_id),
            Changes(
                put={_COMPLETED_AT: format_time(now), TTL: ttl_of_remains(now)},
                remove=(_OWNER, _HELD_UNTIL, *INDEXED),
            ),
        )


def _key_of(receipt_id: str) -> Plain:
    return key_of(f"{_KIND}#{receipt_id}")


def _erasure_in(item: Plain) -> Erasure:
    fields = {name: value for name, value in item.items() if name not in {_OWNER, _HELD_UNTIL, *INDEXED}}
    return record_of(Erasure, {**fields, _USER: item.get(_OWNER)})
