"""API keys in the table: the key under its hash, and a pointer to it under its user.

::

    KEY#{key_hash} / META              the record: what a call with the key is looked up in
    USER#{user_id} / KEY#{key_id}      {"keyHash": …}: what the user's list is made of

A new key's pointer is written first and a revoked one's is removed last: of a call that died between the
two a key never stays that its owner can't see and revoke.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import (
    PARTITION_KEY,
    SORT_KEY,
    TTL,
    Plain,
    key_of,
    plain_of,
    record_of,
    ttl_of_remains,
    unindexed,
)
from shared.aws.table import Changes, Table
from shared.domain.api_keys import ApiKey
from shared.domain.record import format_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoApiKeyStore:
    """An ``ApiKeyStore``. A key that expired is dropped by the table a month later.

    IAM: dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem
    IAM: dynamodb:Query
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def add(self, key: ApiKey) -> None:
        """Store a new key: its pointer, then the key."""
        kept = {} if key.expires_at is None else {TTL: ttl_of_remains(key.expires_at)}
        self._table.put({**_pointer_key(key.user_id, key.key_id), "keyHash": key.key_hash, **kept})
        # Kept out of the index of a user's jobs, as every record with a userId that is no job.
        self._table.put({**_key_of(key.key_hash), **unindexed(plain_of(key)), **kept})

    def get(self, key_hash: str) -> ApiKey | None:
        """The key, or None."""
        item = self._table.get(_key_of(key_hash), consistent=False)
        return None if item is None else record_of(ApiKey, item)

    def list(self, user_id: str) -> tuple[ApiKey, ...]:
        """A user's keys, oldest first; pointers that lead nowhere are left out."""
        of_user = Key(PARTITION_KEY).eq(f"USER#{user_id}") & Key(SORT_KEY).begins_with("KEY#")
        hashes = [str(item["keyHash"]) for item in self._table.query_all(of_user)]
        keys = [record_of(ApiKey, item) for item in self._table.get_many([_key_of(h) for h in hashes])]
        return tuple(sorted(keys, key=lambda key: key.key_id))

    def revoke(self, user_id: str, key_id: str) -> ApiKey | None:
        """Forget a key: the key, then its pointer."""
        pointer = self._table.get(_pointer_key(user_id, key_id), consistent=True)
        if pointer is None:
            return None
        key_hash = str(pointer["keyHash"])
        item = self._table.get(_key_of(key_hash), consistent=True)
        self._table.delete(_key_of(key_hash))
        self._table.delete(_pointer_key(user_id, key_id))
        return None if item is None else record_of(ApiKey, item)

    def note_use(self, key_hash: str, *, now: datetime) -> None:
        """Put its use on record, unless the key is gone: an update would make it anew."""
        with suppress(ConditionFailed):
            self._table.update(
                _key_of(key_hash),
                Changes(put={"lastUsedAt": format_time(now)}),
                condition=Attr(PARTITION_KEY).exists(),
            )


def _key_of(key_hash: str) -> Plain:
    return key_of(f"KEY#{key_hash}")


def _pointer_key(user_id: str, key_id: str) -> Plain:
    return key_of(f"USER#{user_id}", f"KEY#{key_id}")
