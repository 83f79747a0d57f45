"""Chunks: slices of long audio that are worked on by themselves.

::

              sent              claimed               partial transcript stored
    WAITING ───────▶ QUEUED ─────────────▶ PROCESSING ─────────────────────────▶ COMPLETED
                      ▲  └ sent again        │  ▲  └ claimed again once the lease ran out
                      └── released, failed ──┘

A chunk has no way to fail for good: where a job would, its chunk fails the whole job.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from shared.domain.errors import EscribaError
from shared.domain.jobs import Lease, Timings
from shared.domain.record import Record, Timestamp


class ChunkStatus(StrEnum):
    """How far a chunk is."""

    WAITING = "WAITING"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


class Chunk(Record):
    """One ``JOB#{job_id}`` / ``CHUNK#{nnnn}`` record.

    It is heard from ``starts_at`` to ``ends_at`` (seconds; None: to the end, wherever that is). Where no
    silence was found to cut in, it ``overlaps`` a neighbour. ``redrives`` is the job's when its failures
    were counted. ``timings`` are those of the try that completed it.
    """

    job_id: str
    number: int = Field(ge=0, le=9999)
    starts_at: float
    ends_at: float | None = None
    overlaps: bool = False
    status: ChunkStatus = ChunkStatus.WAITING
    progress: int = Field(default=0, ge=0, le=100)
    attempts: int = 0
    failures: int = 0
    redrives: int = 0
    lease: Lease | None = None
    timings: Timings | None = None
    updated_at: Timestamp


class ChunkRefused(EscribaError):
    """A conditional write on a chunk was refused. ``current`` is how it stands (None: there is none)."""

    def __init__(self, job_id: str, number: int, current: Chunk | None) -> None:
        self.current = current
        status = "missing" if current is None else current.status.value
        super().__init__(f"chunk {number} of job {job_id} is {status}")


def mean_progress(chunks: list[Chunk]) -> int:
    """Progress over all chunks, 0-99: each counts alike, being of about the same length."""
    if not chunks:
        return 0
    done = sum(100 if chunk.status is ChunkStatus.COMPLETED else chunk.progress for chunk in chunks)
    return min(99, done // len(chunks))
