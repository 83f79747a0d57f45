"""Steps in the table, beside their job.

A write demands that the step is there: a purge removes the record while a worker may still hold the job, and
an update without a condition would raise it from the dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, SORT_KEY, Plain, key_of, plain_of, record_of
from shared.aws.table import Changes, Table
from shared.domain.steps import Step, StepRefused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SORT_PREFIX = "STEP#"
_FIELDS = frozenset(field.alias or name for name, field in Step.model_fields.items())


class DynamoStepStore:
    """A ``StepStore``.

    IAM: dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem
    Table: keys ``PK``, ``SK``; a step has no ``createdAt``, so it stays out of the indexes of jobs.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def plan(self, steps: Sequence[Step]) -> None:
        """Store those that are not there yet, one at a time: there are a dozen at most."""
        for step in steps:
            with suppress(ConditionFailed):
                self._table.put_new({**_key(step), **plain_of(step)})

    def list(self, job_id: str) -> list[Step]:
        """All steps of a job, in order."""
        return [record_of(Step, item) for item in self._items(job_id)]

    def save(self, step: Step) -> None:
        """Replace a step's record."""
        plain = plain_of(step)
        changes = Changes(put=plain, remove=tuple(sorted(_FIELDS - plain.keys())))
        is_there_and_ours = Attr(PARTITION_KEY).exists() & Attr("claim").lte(step.claim)
        try:
            self._table.update(_key(step), changes, condition=is_there_and_ours)
        except ConditionFailed as refused:
            raise StepRefused(step.job_id, step.number) from refused

    def delete_all(self, job_id: str) -> None:
        """Forget the steps of a job."""
        for item in self._items(job_id):
            self._table.delete({PARTITION_KEY: item[PARTITION_KEY], SORT_KEY: item[SORT_KEY]})

    def _items(self, job_id: str) -> Sequence[Plain]:
        return self._table.query_all(
            Key(PARTITION_KEY).eq(f"JOB#{job_id}") & Key(SORT_KEY).begins_with(_SORT_PREFIX)
        )


def _key(step: Step) -> Plain:
    return key_of(f"JOB#{step.job_id}", f"{_SORT_PREFIX}{step.number:03d}")
