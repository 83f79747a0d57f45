"""How a worker asks for what a message is about, and when it asks again if another has it.

Jobs and chunks are asked for alike: the message is read, the record claimed, the work done in a log context
that says which try it is. What a refusal means depends on the state of what was asked for, except where
a living lease is the reason: then the message waits for that lease to run out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypedDict, TypeVar

import structlog

from shared.domain.chunks import ChunkRefused
from shared.domain.errors import TransitionRefused
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Lease
from shared.ports.clock import Clock
from shared.worker.fate import Fate, Later

RECHECK_SECONDS = 1.0
"""When a refusal says nothing about when to come back."""


class Claimed(Protocol):
    """A job or a chunk, once it is claimed."""

    @property
    def attempts(self) -> int:
        """The number of this try, from 1."""
        ...


ClaimedT = TypeVar("ClaimedT", bound=Claimed)


class Terms(TypedDict):
    """What every store's ``claim`` takes."""

    owner: str
    now: datetime
    lease_seconds: float


@dataclass(frozen=True)
class Claimant:
    """One worker as the stores know it."""

    owner: str
    lease_seconds: float
    clock: Clock

    def terms(self) -> Terms:
        """For a claim made now."""
        return Terms(owner=self.owner, now=self.clock.now(), lease_seconds=self.lease_seconds)

    def work_on(
        self,
        claim: Callable[[Terms], ClaimedT],
        *,
        work: Callable[[ClaimedT], Fate],
        refused: Callable[[Any], Fate],
    ) -> Fate:
        """The fate that ``work`` decides on what was claimed, or ``refused`` on what stands instead."""
        try:
            claimed = claim(self.terms())
        except (TransitionRefused, ChunkRefused) as refusal:
            return refused(refusal.current)
        with structlog.contextvars.bound_contextvars(attempt=claimed.attempts):
            return work(claimed)

    def wait_for(self, lease: Lease, what: str, receive_count: int) -> Later:
        """Until another's lease has run out on every clock, or longer for a copy that met it before."""
        left_seconds = (lease.expires_at - self.clock.now()).total_seconds()
        lease_over_seconds = max(left_seconds, 0) + CLOCK_SKEW_SECONDS + RECHECK_SECONDS
        wait_seconds = max(lease_over_seconds, held_again_seconds(receive_count))
        return Later(wait_seconds, f"another worker holds the {what}")


def held_again_seconds(receive_count: int) -> float:
    """How long a copy waits that meets a held job for the ``receive_count``-th time (1, 2, …).

    Nothing the first two times, so that a dead worker's job goes on as soon as its lease is over: that
    worker received the message itself, and the message may come again just before the lease ends. One
    that meets a living worker again and again waits ever longer: its receives must outlast the longest
    job, or it falls to the dead-letter queue.
    """
    return 0.0 if receive_count <= 2 else min(900.0, 15.0 * 2.0 ** min(receive_count, 10))
