"""Who owns jobs."""

from __future__ import annotations

from shared.domain.record import Record, Timestamp
from shared.domain.tiers import LimitOverrides, Tier, TierLimits, limits_of


class User(Record):
    """One ``USER#{user_id}`` record.

    Without an ``email`` nobody is mailed; ``limits`` are an operator's, in place of the tier's. An account
    with an ``erasure`` (its receipt) is closed: it is being erased.
    """

    user_id: str
    email: str | None = None
    tier: Tier = Tier.FREE
    limits: LimitOverrides | None = None
    erasure: str | None = None
    created_at: Timestamp

    @property
    def effective_limits(self) -> TierLimits:
        """What this user may use."""
        return limits_of(self.tier, self.limits)
