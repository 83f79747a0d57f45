"""Users and their API keys in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.aws.items import key_of, plain_of, record_of, unindexed
from shared.aws.table import Table
from shared.domain.users import User

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoUserDirectory:
    """A ``UserDirectory``. Reads are eventually consistent: a new or revoked key is known within a second.

    IAM: dynamodb:GetItem, dynamodb:PutItem
    Table: keys ``PK``, ``SK``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def get(self, user_id: str) -> User | None:
        """The user, or None."""
        item = self._table.get(key_of(f"USER#{user_id}"), consistent=False)
        return None if item is None else record_of(User, item)

    def user_id_of_key(self, key_hash: str) -> str | None:
        """The key's user, or None."""
        item = self._table.get(key_of(f"KEY#{key_hash}"), consistent=False)
        return None if item is None else str(item["userId"])

    def put(self, user: User) -> None:
        """Store a user."""
        self._table.put({**key_of(f"USER#{user.user_id}"), **unindexed(plain_of(user))})

    def put_key(self, key_hash: str, user_id: str) -> None:
        """Let a key speak for a user."""
        self._table.put({**key_of(f"KEY#{key_hash}"), "userId": user_id})
