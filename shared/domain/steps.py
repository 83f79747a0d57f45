"""Steps: the stages of a workflow, each a checkpoint of its job.

::

    PENDING ─▶ PROCESSING ─┬─▶ COMPLETED      its files are stored: it is not done again while they stand
       ▲           ▲       └─▶ FAILED
       └───────────┴─────────────┘  the next claim of the job begins it anew

Only the holder of the job's lease writes its steps. Each write carries the number of its claim, and what a
later claim has written stays: a worker that was frozen for an hour changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from shared.domain.audio_operations import ChapterRequest
from shared.domain.audio_quality import QualityMetrics
from shared.domain.errors import EscribaError
from shared.domain.jobs import JobError
from shared.domain.record import Record, Timestamp
from shared.domain.results import JobOutput
from shared.domain.workflows import LimitCheck


class StepStatus(StrEnum):
    """How far a step is."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class StepFile(JobOutput):
    """A file that a step stored. ``role`` says what later steps take it for, ``delivered`` that it stays."""

    role: str
    delivered: bool = False

    def as_output(self) -> JobOutput:
        """What the job's owner gets of it."""
        return JobOutput.model_validate(self.model_dump(exclude={"role", "delivered"}))


class StepOutput(Record):
    """What a step gave. ``summary`` is for people; all else is what later steps and the result need."""

    summary: str
    files: tuple[StepFile, ...] = ()
    quality: QualityMetrics | None = None
    checks: tuple[LimitCheck, ...] = ()
    gain_db: float | None = None
    damaged_packets: int = 0
    chapters: tuple[ChapterRequest, ...] = ()


class Step(Record):
    """One ``JOB#{job_id}`` / ``STEP#{nnn}`` record. ``claim`` is the job's attempt that wrote it last.

    ``attempts`` counts tries of all claims; ``started_at`` is when the last one began.
    """

    job_id: str
    number: int = Field(ge=1, le=999)
    name: str
    status: StepStatus = StepStatus.PENDING
    claim: int = 0
    attempts: int = 0
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    output: StepOutput | None = None
    error: JobError | None = None

    @property
    def seconds(self) -> float | None:
        """How long the last try took; None until it ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.started_at).total_seconds())


class StepRefused(EscribaError):
    """A write on a step was refused: a later claim has written it, or its job was deleted."""

    def __init__(self, job_id: str, number: int) -> None:
        super().__init__(f"step {number} of job {job_id} is no longer this claim's")
