"""Which requests were answered, and how: a request that is sent again must not be done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it went out."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestClaim:
    """The right to do a request. ``seed`` is the same for every try at it: what it makes is named by it."""

    user_id: str
    request_id: str
    owner: str
    seed: str


class IdempotencyStore(Protocol):
    """``USER#`` / ``IDEMPOTENCY#`` records: claimed (leased) → answered; dropped a while after the claim."""

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
        """Take the right to do a request; of many at once exactly one is granted it.

        ``fingerprint`` is a hash of what is asked for. Raises ``AlreadyAnswered``, ``BeingAnswered``,
        ``AnotherRequest``. A claim whose lease ran out is granted again, with the same seed.
        """
        ...

    def settle(self, claim: RequestClaim, answer: StoredAnswer) -> None:
        """Keep the answer for whoever asks again. Nothing if somebody else holds the claim by now."""
        ...

    def forget(self, claim: RequestClaim) -> None:
        """It was refused and did nothing: the next one with this id is a new request."""
        ...

    def abandon(self, claim: RequestClaim, *, now: datetime) -> None:
        """It may have been done in part: the next try may begin at once, with the same seed."""
        ...


class AlreadyAnswered(Exception):
    """The request was done before."""

    def __init__(self, answer: StoredAnswer) -> None:
        self.answer = answer
        super().__init__("already answered")


class BeingAnswered(Exception):
    """Another copy of the request is being done right now."""


class AnotherRequest(Exception):
    """The id stands for a request with another fingerprint."""
