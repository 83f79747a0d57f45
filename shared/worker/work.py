"""What a service's handler is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.domain.jobs import Job, JobOutput, Timings, TranscriptionResult


@dataclass(frozen=True)
class FinishedWork:
    """The durable outputs of a job. ``timings`` holds the stages that the handler saw itself."""

    result: TranscriptionResult
    outputs: tuple[JobOutput, ...]
    timings: Timings


class Progress(Protocol):
    """A handler's line to the heartbeat."""

    def report(self, percent: float) -> None:
        """Note how far the job is (0-100); written with the next heartbeat, at most every few seconds.

        Call it often: it is cheap, and it is where a handler learns that it must stop. Raises
        ``LeaseLost`` (``JobCancelled`` if the owner cancelled).
        """
        ...


class Discard(Protocol):
    """Undoes the work of one service."""

    def __call__(self, user_id: str, job_id: str) -> None:
        """Remove whatever any try at the job stored; where nothing is stored, that is no error."""
        ...


class JobHandler(Protocol):
    """The work of one service. Its outputs must be stored when it returns; running twice is harmless."""

    def __call__(self, job: Job, progress: Progress) -> FinishedWork:
        """Do the job. Raises ``PermanentError`` for the input's faults, anything else is retried."""
        ...
