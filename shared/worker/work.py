"""What a service's handler is given and gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.domain.chunks import Chunk
from shared.domain.jobs import Job, Timings
from shared.domain.results import JobOutput, JobResult


@dataclass(frozen=True)
class FinishedWork:
    """The durable outputs of a job. ``timings`` holds what the handler saw itself.

    Wait and total are measured by its caller unless they are there: only the handler knows when a job that
    was parked was begun.
    """

    result: JobResult
    outputs: tuple[JobOutput, ...]
    timings: Timings


@dataclass(frozen=True)
class SplitWork:
    """The job is done in chunks, whose records are stored, and some are not finished yet."""

    chunks: int
    planning_ms: float = 0


@dataclass(frozen=True)
class WaitingWork:
    """The job waits for another, whose end wakes it; ``is_over`` says whether that has ended meanwhile."""

    progress: int
    is_over: Callable[[], bool]


class Progress(Protocol):
    """A handler's line to the heartbeat."""

    def report(self, percent: float) -> None:
        """Note how far the job is (0-100); written with the next heartbeat, at most every few seconds.

        Call it often: it is cheap, and it is where a handler learns that it must stop. Raises
        ``LeaseLost`` (``JobCancelled`` if the owner cancelled).
        """
        ...


class JobProgress(Progress, Protocol):
    """That of a whole job, which may be done in steps."""

    def enter(self, step: str) -> None:
        """Note which step is begun: written at once, so that whoever watches sees it. Raises as above."""
        ...


class Discard(Protocol):
    """Undoes the work of one service."""

    def __call__(self, user_id: str, job_id: str) -> None:
        """Remove whatever any try at the job stored; where nothing is stored, that is no error."""
        ...


class JobHandler(Protocol):
    """The work of one service. Its outputs must be stored when it returns; running twice is harmless."""

    def __call__(self, job: Job, progress: JobProgress) -> FinishedWork | SplitWork | WaitingWork:
        """Do the job, or plan it. Raises ``PermanentError`` for the input's faults; else it is retried.

        A job that was split comes again: to be assembled, or :class:`SplitWork` while chunks are missing.
        So does one that waits, once what it waits for has ended, or before.
        """
        ...


class ChunkHandler(Protocol):
    """The work on chunks: the other half of a ``JobHandler`` that splits."""

    def __call__(self, job: Job, chunk: Chunk, progress: Progress) -> Timings:
        """Do one chunk; what it gave is stored on return. Raises as a ``JobHandler`` does."""
        ...

    def discard_chunk(self, user_id: str, job_id: str, number: int) -> None:
        """Remove what a try at the chunk stored, if anything."""
        ...
