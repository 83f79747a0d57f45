"""Requests in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.ids import new_id
from shared.ports.idempotency_store import (
    AlreadyAnswered,
    AnotherRequest,
    BeingAnswered,
    RequestClaim,
    StoredAnswer,
)


@dataclass(frozen=True)
class _Request:
    claim: RequestClaim
    fingerprint: str
    lease_expires_at: datetime
    expires_at: datetime
    answer: StoredAnswer | None = None


class InMemoryIdempotencyStore:
    """An ``IdempotencyStore``."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str], _Request] = {}
        self._lock = threading.Lock()

    def claim(
        self,
        user_id: str,
        request_id: str,
        *,
        fingerprint: str,
        now: datetime,
        lease_seconds: float,
        kept_seconds: float,
    ) -> RequestClaim:
        """Take the right to do a request."""
        with self._lock:
            known = self._requests.get((user_id, request_id))
            if known is not None and known.expires_at <= now:
                known = None
            seed = new_id() if known is None else _seed_of(known, fingerprint, now)
            claim = RequestClaim(user_id, request_id, owner=new_id(), seed=seed)
            expires_at = now + timedelta(seconds=kept_seconds) if known is None else known.expires_at
            leased_until = now + timedelta(seconds=lease_seconds)
            self._requests[user_id, request_id] = _Request(claim, fingerprint, leased_until, expires_at)
            return claim

    def settle(self, claim: RequestClaim, answer: StoredAnswer) -> None:
        """Keep the answer."""
        self._change(claim, answer=answer)

    def abandon(self, claim: RequestClaim, *, now: datetime) -> None:
        """End the lease."""
        self._change(claim, lease_expires_at=now)

    def forget(self, claim: RequestClaim) -> None:
        """Remove the claim."""
        with self._lock:
            if self._is_held(claim):
                del self._requests[claim.user_id, claim.request_id]

    def _change(self, claim: RequestClaim, **changes: object) -> None:
        with self._lock:
            if self._is_held(claim):
                request = self._requests[claim.user_id, claim.request_id]
                self._requests[claim.user_id, claim.request_id] = replace(request, **changes)  # type: ignore[arg-type]

    def _is_held(self, claim: RequestClaim) -> bool:
        request = self._requests.get((claim.user_id, claim.request_id))
        return request is not None and request.claim == claim and request.answer is None


def _seed_of(known: _Request, fingerprint: str, now: datetime) -> str:
    if known.fingerprint != fingerprint:
        raise AnotherRequest
    if known.answer is not None:
        raise AlreadyAnswered(known.answer)
    if known.lease_expires_at > now:
        raise BeingAnswered
    return known.claim.seed
