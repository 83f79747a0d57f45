"""Where the chunks of jobs are kept. As with jobs, every change of state is one conditional write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.chunks import Chunk
from shared.domain.jobs import Timings


@dataclass(frozen=True)
class HeldChunk:
    """The lease of a chunk as its holder knows it."""

    job_id: str
    number: int
    owner: str
    attempt: int


class ChunkStore(Protocol):
    """The chunks table. Raises ``ChunkRefused`` (with the record as it stands) where noted."""

    def put(self, chunks: Sequence[Chunk]) -> None:
        """Store a plan, replacing what an earlier planner left: nobody works on it before the split."""
        ...

    def list(self, job_id: str) -> list[Chunk]:
        """All chunks of a job as of now (strongly consistent), in order; none for a job that has none."""
        ...

    def claim(self, job_id: str, number: int, *, owner: str, now: datetime, lease_seconds: float) -> Chunk:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING, leased to ``owner``.

        Skew, attempts and progress as in ``JobStore.claim``. Raises ``ChunkRefused``.
        """
        ...

    def extend(self, lease: HeldChunk, *, now: datetime, lease_seconds: float, progress: int) -> None:
        """Heartbeat of the holder. Raises ``ChunkRefused``."""
        ...

    def complete(self, lease: HeldChunk, *, now: datetime, timings: Timings) -> None:
        """PROCESSING → COMPLETED, by the holder. Raises ``ChunkRefused``."""
        ...

    def release(self, lease: HeldChunk, *, now: datetime, counts: bool) -> None:
        """PROCESSING → QUEUED, by the holder; ``counts`` adds one to ``failures``.

        Raises ``ChunkRefused``.
        """
        ...

    def queue(self, job_id: str, number: int, *, now: datetime, redrives: int) -> None:
        """→ QUEUED, if it is not COMPLETED and nobody holds it: a message about it is going to be sent.

        A job that was replayed since (``redrives`` is another number) has its chunk's failures forgiven.
        Raises ``ChunkRefused``.
        """
        ...

    def delete_all(self, job_id: str) -> None:
        """Forget the chunks of a job, if there are any."""
        ...
