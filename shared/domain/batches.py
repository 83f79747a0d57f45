"""Many jobs that were asked for in one call."""

from __future__ import annotations

from shared.domain.record import Record, Timestamp


class Batch(Record):
    """One ``BATCH#{batch_id}`` record: which jobs were made, in the order asked for.

    ``refused`` counts the items of the call that made no job. The record is forgotten at ``kept_until``.
    """

    batch_id: str
    user_id: str
    job_ids: tuple[str, ...]
    refused: int
    created_at: Timestamp
    kept_until: Timestamp
