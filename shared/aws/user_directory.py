"""Users in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.aws.faults import ConditionFailed
from shared.aws.items import Plain, decode, key_of, plain_of, record_of, unindexed
from shared.aws.table import Table
from shared.domain.users import User

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoUserDirectory:
    """A ``UserDirectory``. Reads are eventually consistent: a change is known within a second.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem
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

    def delete(self, user_id: str) -> None:
        """Forget a profile."""
        self._table.delete(_key_of(user_id))


def _key_of(user_id: str) -> Plain:
    return key_of(f"USER#{user_id}")


def _item_of(user: User) -> Plain:
    return {**_key_of(user.user_id), **unindexed(plain_of(user))}
