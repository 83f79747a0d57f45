"""File records in the table.

::

    FILE#{file_id} / META              the record
    USER#{user_id} / FILE#{file_id}    names a file that was announced without a job, by when it is kept
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import (
    PARTITION_KEY,
    SORT_KEY,
    TTL,
    Plain,
    decode,
    key_of,
    plain_of,
    record_of,
    ttl_of_remains,
    unindexed,
)
from shared.aws.table import Changes, Table
from shared.aws.time_index import found_at, keys_until
from shared.domain.files import FileRecord, FileStatus
from shared.domain.jobs import JobError
from shared.domain.record import format_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AWAITING = "awaitingJobIds"
_ANNOUNCED = "ANNOUNCED-FILE"
_TRANSCRIBED_AT = "transcribedAt"


class DynamoFileStore:
    """A ``FileStore``. The ids of waiting jobs are a string set: adding to one is a plain write.

    The table drops a record 30 days after its file was to be kept, whatever became of it.

    IAM: dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem, dynamodb:Query
    Table: keys ``PK``, ``SK``; index ``status-created-index`` with keys alone; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def create(self, file: FileRecord) -> None:
        """Store a new file record, after what names it where no job does."""
        item = _item_of(file)
        if not file.awaiting_job_ids:
            due = {} if file.kept_until is None else found_at(_kept_until(file), _ANNOUNCED)
            self._table.put({**_announced_key_of(file.user_id, file.file_id), **due, TTL: item[TTL]})
        self._table.put(item)

    def get(self, file_id: str) -> FileRecord | None:
        """The record as of now."""
        item = self._table.get(_key_of(file_id), consistent=True)
        return None if item is None else record_of(FileRecord, item)

    def without_job(self, user_id: str) -> tuple[str, ...]:
        """Those that are named under their user."""
        of_user = Key(PARTITION_KEY).eq(f"USER#{user_id}") & Key(SORT_KEY).begins_with("FILE#")
        return tuple(map(_file_id_in, self._table.query_all(of_user, keys_alone=True)))

    def kept_until(self, moment: datetime, *, most: int) -> tuple[tuple[str, str], ...]:
        """The same, by the index: nothing is read but what is due."""
        due = keys_until(self._table, _ANNOUNCED, moment, most=most)
        return tuple((str(key[PARTITION_KEY]).removeprefix("USER#"), _file_id_in(key)) for key in due)

    def keep(self, file: FileRecord, *, until: datetime) -> None:
        """The record first: it must outlive what names it. Nothing is made anew."""
        is_there = Attr(PARTITION_KEY).exists()
        ttl = {TTL: ttl_of_remains(until)}
        for key, put in (
            (_key_of(file.file_id), {"keptUntil": format_time(until)}),
            (_announced_key_of(file.user_id, file.file_id), found_at(until, _ANNOUNCED)),
        ):
            with suppress(ConditionFailed):
                self._table.update(key, Changes(put={**put, **ttl}), condition=is_there)

    def forget_announced(self, user_id: str, file_id: str) -> None:
        """Remove its name."""
        self._table.delete(_announced_key_of(user_id, file_id))

    def await_upload(self, file_id: str, job_id: str) -> FileRecord | None:
        """Let a job wait for the upload of a PENDING file."""
        return self._change_pending(file_id, Changes(add={_AWAITING: {job_id}}))

    def mark_uploaded(self, file_id: str, *, etag: str, now: datetime) -> FileRecord | None:
        """PENDING → UPLOADED."""
        put = {"status": FileStatus.UPLOADED.value, "etag": etag, "updatedAt": format_time(now)}
        return self._change_pending(file_id, Changes(put=put))

    def reject(self, file_id: str, *, error: JobError, now: datetime) -> FileRecord | None:
        """PENDING → REJECTED."""
        put = {
            "status": FileStatus.REJECTED.value,
            "error": plain_of(error),
            "updatedAt": format_time(now),
        }
        return self._change_pending(file_id, Changes(put=put))

    def mark_transcribed(self, file_id: str, *, now: datetime) -> None:
        """One write; one that is refused costs as much and changes nothing."""
        is_first = Attr(PARTITION_KEY).exists() & Attr(_TRANSCRIBED_AT).not_exists()
        self._change(file_id, Changes(put={_TRANSCRIBED_AT: format_time(now)}), is_first)

    def mark_deleted(self, file_id: str, *, now: datetime) -> FileRecord | None:
        """Any state → DELETED; the table drops the record in the end."""
        put = {
            "status": FileStatus.DELETED.value,
            "filename": "",
            "updatedAt": format_time(now),
            TTL: ttl_of_remains(now),
        }
        is_another = Attr(PARTITION_KEY).exists() & Attr("status").ne(FileStatus.DELETED.value)
        return self._change(file_id, Changes(put=put), is_another)

    def _change_pending(self, file_id: str, changes: Changes) -> FileRecord | None:
        return self._change(file_id, changes, Attr("status").eq(FileStatus.PENDING.value))

    def _change(self, file_id: str, changes: Changes, condition: ConditionBase) -> FileRecord | None:
        try:
            item = self._table.update(_key_of(file_id), changes, condition=condition)
        except ConditionFailed as refused:
            return None if refused.item is None else record_of(FileRecord, decode(refused.item))
        return record_of(FileRecord, item)


def _key_of(file_id: str) -> Plain:
    return key_of(f"FILE#{file_id}")


def _announced_key_of(user_id: str, file_id: str) -> Plain:
    return key_of(f"USER#{user_id}", f"FILE#{file_id}")


def _file_id_in(key: Plain) -> str:
    return str(key[SORT_KEY]).removeprefix("FILE#")


def _kept_until(file: FileRecord) -> datetime:
    return max(file.upload_expires_at, file.kept_until or file.upload_expires_at)


def _item_of(file: FileRecord) -> Plain:
    # Longer than anybody asks for it: also a file that never came is forgotten in the end.
    ttl = ttl_of_remains(_kept_until(file))
    item = {**_key_of(file.file_id), **unindexed(plain_of(file)), TTL: ttl}
    if file.awaiting_job_ids:
        item[_AWAITING] = set(file.awaiting_job_ids)
    else:
        del item[_AWAITING]  # the table has no empty sets
    return item
