"""A user's open jobs in the table: one item with a set of ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import Plain, decode, key_of
from shared.aws.table import Changes, Table
from shared.ports.job_slots import SlotsTaken

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_JOBS = "openJobIds"


class DynamoJobSlots:
    """``JobSlots``. An id takes 26 bytes: some thousands fit, and a write costs by the size of the item.

    IAM: dynamodb:UpdateItem
    Table: keys ``PK``, ``SK``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def take(self, user_id: str, job_id: str, *, most: int) -> None:
        """Add a job to the set, if it is below its size or holds the job already."""
        if most < 1:
            raise SlotsTaken(frozenset())
        nobody_is_there = Attr(_JOBS).not_exists()
        is_below = Attr(_JOBS).size().lt(most)
        try:
            self._table.update(
                _key_of(user_id),
                Changes(add={_JOBS: {job_id}}),
                condition=nobody_is_there | is_below | Attr(_JOBS).contains(job_id),
            )
        except ConditionFailed as refused:
            taken = {} if refused.item is None else decode(refused.item)
            raise SlotsTaken(frozenset(taken.get(_JOBS, ()))) from refused

    def free(self, user_id: str, job_ids: Iterable[str]) -> None:
        """Remove jobs from the set; an empty set is no attribute at all."""
        ended = set(job_ids)
        if ended:
            self._table.update(_key_of(user_id), Changes(discard={_JOBS: ended}))


def _key_of(user_id: str) -> Plain:
    return key_of(f"USER#{user_id}", "OPEN-JOBS")
