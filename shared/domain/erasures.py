"""A user's wish to be forgotten, and its receipt, which outlives the account and holds no content."""

from __future__ import annotations

from shared.domain.record import Record, Timestamp


class Erasure(Record):
    """One ``ERASURE#{receipt_id}`` record: what was deleted so far.

    Whom it is about is known until it is ``completed_at``, and then forgotten as well; the record goes 30
    days later. A run that dies leaves what it deleted last uncounted.
    """

    receipt_id: str
    user_id: str | None
    jobs: int = 0
    objects: int = 0
    webhooks: int = 0
    keys: int = 0
    requested_at: Timestamp
    completed_at: Timestamp | None = None
