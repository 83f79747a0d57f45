"""How often a user may call: so many requests a minute, and so many changes a day.

::

    any request        1 of the minute's ── taken from the table in slices: a process that holds one
                                            answers without a write
    POST, DELETE, …    1 of the day's    ── one write each

Windows are those of the clock (UTC). A slice is a twentieth of the limit: a process that ends leaves at
most so much of a minute unused, and all processes together never grant more than the limit.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api_lambda.authentication import Caller
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.ports.clock import Clock
from shared.ports.counters import Counters, LimitReached

A_DAY = "requests-a-day"
A_MINUTE = "requests-a-minute"
_SLICES = 20
_MAX_USERS = 10_000
_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Quota:
    """Where a user stands in one window."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """As callers are told (draft-ietf-httpapi-ratelimit-headers-05)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


@dataclass
class _Slice:
    """What a process still holds of a user's minute; ``unclaimed`` is what the table had left then."""

    minute: int
    left: int = 0
    unclaimed: int = 0


class RequestQuota:
    """Counts requests. Remembers slices of the ``_MAX_USERS`` users that called last."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._slices: OrderedDict[str, _Slice] = OrderedDict()
        self._lock = threading.Lock()

    def admit_from_slice(self, caller: Caller) -> Quota | None:
        """Count a request that only looks, if that takes no write; None: :meth:`admit` is to be asked.

        Users without a limit get a quota that nobody is told of (``limit`` 0).
        """
        limit = caller.limits.requests_a_minute
        if limit is None:
            return Quota(0, 0, 0)
        now = self._clock.now()
        with self._lock:
            held = self._slices.get(caller.user_id)
            if held is None or held.minute != _minute(now) or held.left == 0:
                return None
            held.left -= 1
            return Quota(limit, held.left + held.unclaimed, _seconds_to_next_minute(now))

    def admit(self, caller: Caller, *, changes: bool) -> Quota | None:
        """Count a request. Raises ``PermanentError(LIMIT_REACHED)``. None: nothing bounds this user."""
        quota = self.admit_from_slice(caller) or self._admit_with_new_slice(caller)
        today = self.count_change(caller) if changes else None
        if today is not None:
            return today if not quota.limit or today.remaining <= quota.remaining else quota
        return quota if quota.limit else None

    def count_change(self, caller: Caller) -> Quota | None:
        """Count a change alone: of a request that was admitted as a look, and turns out to be more.

        Raises ``PermanentError(LIMIT_REACHED)``. None: nothing bounds this user's days.
        """
        limit = caller.limits.requests_a_day
        return None if limit is None else self._admit_today(caller.user_id, limit)

    def used_today(self, user_id: str) -> int:
        """How many changes a user asked for since midnight."""
        return self._counters.get(_day_name(user_id, self._clock.now()))

    def _admit_with_new_slice(self, caller: Caller) -> Quota:
        limit = caller.limits.requests_a_minute or 0
        now = self._clock.now()
        name = f"{caller.user_id}/{_minute(now)}"
        wanted = max(1, limit // _SLICES)
        try:
            count = self._counters.take(name, wanted, most=limit, expires_at=now + _KEPT)
        except LimitReached as reached:
            wanted = limit - reached.count  # what is left is less than a slice
            count = self._take_rest(name, wanted, limit, now)
        with self._lock:
            held = self._slices.setdefault(caller.user_id, _Slice(_minute(now)))
            if held.minute != _minute(now):
                held.minute, held.left = _minute(now), 0
            held.left += wanted - 1
            held.unclaimed = limit - count
            self._slices.move_to_end(caller.user_id)
            if len(self._slices) > _MAX_USERS:
                self._slices.popitem(last=False)
            return Quota(limit, held.left + held.unclaimed, _seconds_to_next_minute(now))

    def _take_rest(self, name: str, wanted: int, limit: int, now: datetime) -> int:
        try:
            if wanted > 0:
                return self._counters.take(name, wanted, most=limit, expires_at=now + _KEPT)
        except LimitReached:
            pass  # somebody else took it
        raise limit_reached(A_MINUTE, f"{limit} requests a minute", _seconds_to_next_minute(now))

    def _admit_today(self, user_id: str, limit: int) -> Quota:
        now = self._clock.now()
        try:
            count = self._counters.take(_day_name(user_id, now), 1, most=limit, expires_at=now + _KEPT)
        except LimitReached as reached:
            seconds = _seconds_to_midnight(now)
            raise limit_reached(A_DAY, f"{limit} changing requests a day", seconds) from reached
        return Quota(limit, limit - count, _seconds_to_midnight(now))


def limit_reached(name: str, words: str, retry_after_seconds: int) -> PermanentError:
    """The refusal that names the limit."""
    return PermanentError(
        Fault.LIMIT_REACHED, limit=words, limit_name=name, retry_after_seconds=retry_after_seconds
    )


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _day_name(user_id: str, now: datetime) -> str:
    return f"{user_id}/{now:%Y-%m-%d}"


def _seconds_to_next_minute(now: datetime) -> int:
    return 60 - int(now.timestamp()) % 60


def _seconds_to_midnight(now: datetime) -> int:
    return 86_400 - int(now.timestamp()) % 86_400
