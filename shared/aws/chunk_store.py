"""Chunks in the table, beside their job: a lease lives as ``shared/aws/job_store.py`` draws it.

Every write but that of a plan demands that the chunk is there: a purge removes the record while a worker
may still hold it, and an update without a condition would raise it from the dead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, SORT_KEY, Plain, decode, key_of, plain_of, record_of
from shared.aws.job_conditions import lease_ran_out
from shared.aws.job_items import LEASE_EXPIRES_AT, LEASE_OWNER, lease_fields
from shared.aws.table import Changes, Table
from shared.domain.chunks import Chunk, ChunkRefused, ChunkStatus
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Timings
from shared.domain.record import format_time
from shared.ports.chunk_store import HeldChunk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SORT_PREFIX = "CHUNK#"
_LEASE = (LEASE_OWNER, LEASE_EXPIRES_AT)


class DynamoChunkStore:
    """A ``ChunkStore``.

    IAM: dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem
    Table: keys ``PK``, ``SK``; a chunk has no ``createdAt``, so it stays out of the indexes of jobs.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, *, clock_skew_seconds: float = CLOCK_SKEW_SECONDS
    ) -> None:
        self._table = Table(client, table_name)
        self._clock_skew = timedelta(seconds=clock_skew_seconds)

    def put(self, chunks: Sequence[Chunk]) -> None:
        """Store a plan: a chunk at a time, there being one for every ten minutes."""
        for chunk in chunks:
            self._table.put({**_key(chunk.job_id, chunk.number), **plain_of(chunk)})

    def list(self, job_id: str) -> list[Chunk]:
        """All chunks of a job, in order."""
        return [_chunk_of(item) for item in self._items(job_id)]

    def claim(self, job_id: str, number: int, *, owner: str, now: datetime, lease_seconds: float) -> Chunk:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING."""
        was_sent = Attr("status").is_in([ChunkStatus.QUEUED.value, ChunkStatus.PROCESSING.value])
        put = {
            "status": ChunkStatus.PROCESSING.value,
            LEASE_OWNER: owner,
            LEASE_EXPIRES_AT: format_time(now + timedelta(seconds=lease_seconds)),
            "progress": 0,
        }
        return self._change(job_id, number, now, was_sent & self._is_free(now), put, add={"attempts": 1})

    def extend(self, lease: HeldChunk, *, now: datetime, lease_seconds: float, progress: int) -> None:
        """Heartbeat of the holder."""
        expires_at = format_time(now + timedelta(seconds=lease_seconds))
        self._change_held(lease, now, {LEASE_EXPIRES_AT: expires_at, "progress": progress})

    def complete(self, lease: HeldChunk, *, now: datetime, timings: Timings) -> None:
        """PROCESSING → COMPLETED, by the holder."""
        put = {"status": ChunkStatus.COMPLETED.value, "progress": 100, "timings": plain_of(timings)}
        self._change_held(lease, now, put, remove=_LEASE)

    def release(self, lease: HeldChunk, *, now: datetime, counts: bool) -> None:
        """PROCESSING → QUEUED, by the holder."""
        put = {"status": ChunkStatus.QUEUED.value, "progress": 0}
        self._change_held(lease, now, put, add={"failures": int(counts)}, remove=_LEASE)

    def queue(self, job_id: str, number: int, *, now: datetime, redrives: int) -> None:
        """→ QUEUED, if it is not COMPLETED and nobody holds it."""
        may_be_sent = Attr("status").ne(ChunkStatus.COMPLETED.value) & self._is_free(now)
        put: dict[str, Any] = {"status": ChunkStatus.QUEUED.value, "progress": 0}
        try:
            same_count = may_be_sent & Attr("redrives").eq(redrives)
            self._change(job_id, number, now, same_count, put, remove=_LEASE)
        except ChunkRefused as refused:
            if refused.current is None or refused.current.redrives == redrives:
                raise
            forgiven = {**put, "failures": 0, "redrives": redrives}
            self._change(job_id, number, now, may_be_sent, forgiven, remove=_LEASE)

    def delete_all(self, job_id: str) -> None:
        """Forget the chunks of a job."""
        for item in self._items(job_id):
            self._table.delete({PARTITION_KEY: item[PARTITION_KEY], SORT_KEY: item[SORT_KEY]})

    def _items(self, job_id: str) -> Sequence[Plain]:
        return self._table.query_all(
            Key(PARTITION_KEY).eq(f"JOB#{job_id}") & Key(SORT_KEY).begins_with(_SORT_PREFIX)
        )

    def _is_free(self, now: datetime) -> ConditionBase:
        return Attr(LEASE_EXPIRES_AT).not_exists() | lease_ran_out(now, self._clock_skew)

    def _change_held(
        self,
        lease: HeldChunk,
        now: datetime,
        put: Mapping[str, Any],
        *,
        add: Mapping[str, int] | None = None,
        remove: tuple[str, ...] = (),
    ) -> None:
        is_held = Attr(LEASE_OWNER).eq(lease.owner) & Attr("attempts").eq(lease.attempt)
        self._change(lease.job_id, lease.number, now, is_held, put, add=add, remove=remove)

    def _change(
        self,
        job_id: str,
        number: int,
        now: datetime,
        condition: ConditionBase,
        put: Mapping[str, Any],
        *,
        add: Mapping[str, int] | None = None,
        remove: tuple[str, ...] = (),
    ) -> Chunk:
        changes = Changes(put={**put, "updatedAt": format_time(now)}, add=add or {}, remove=remove)
        is_there = Attr(PARTITION_KEY).exists()
        try:
            return _chunk_of(
                self._table.update(_key(job_id, number), changes, condition=is_there & condition)
            )
        except ConditionFailed as refused:
            current = None if refused.item is None else _chunk_of(decode(refused.item))
            raise ChunkRefused(job_id, number, current) from refused


def _key(job_id: str, number: int) -> Plain:
    return key_of(f"JOB#{job_id}", f"{_SORT_PREFIX}{number:04d}")


def _chunk_of(item: Plain) -> Chunk:
    return record_of(Chunk, lease_fields(item))
