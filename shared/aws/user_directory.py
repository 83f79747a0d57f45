"""Users in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boto3.dynamodb.conditions import Attr, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, Plain, decode, key_of, plain_of, record_of, unindexed
from shared.aws.table import Changes, Table
from shared.domain.users import User

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ERASURE: Final = "erasure"


class DynamoUserDirectory:
    """A ``UserDirectory``. Reads are eventually consistent: a change is known within a second.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem, dynamodb:Query
    Table: keys ``PK``, ``SK``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        item = self._table.get(_key_of(user_id), consistent=False)
        return None if item is None else record_of(User, item)

    def put(self, user: User) -> None:
        """Store a user."""
        self._table.put(_item_of(user))

    def add(self, user: User) -> User:
        """Store a user unless the profile is there."""
        try:
            self._table.put_new(_item_of(user))
        except ConditionFailed as refused:
            return user if refused.item is None else record_of(User, decode(refused.item))
        return user

    def close(self, user_id: str, *, receipt_id: str) -> str:
        """One conditional write."""
        stands_open = Attr(PARTITION_KEY).exists() & Attr(_ERASURE).not_exists()
        changes = Changes(put={_ERASURE: receipt_id})
        try:
            self._table.update(_key_of(user_id), changes, condition=stands_open)
        except ConditionFailed as refused:
            return receipt_id if refused.item is None else str(decode(refused.item)[_ERASURE])
        return receipt_id

    def delete(self, user_id: str) -> None:
        """Everything in the user's partition, the profile last: what the account is closed by."""
        profile = _key_of(user_id)
        of_user = Key(PARTITION_KEY).eq(profile[PARTITION_KEY])
        for key in self._table.query_all(of_user, keys_alone=True):
            if key != profile:
                self._table.delete(key)
        self._table.delete(profile)


def _key_of(user_id: str) -> Plain:
    return key_of(f"USER#{user_id}")


def _item_of(user: User) -> Plain:
    return {**_key_of(user.user_id), **unindexed(plain_of(user))}
