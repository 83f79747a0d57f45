"""Jobs and the states they pass through.

::

              upload arrived          claimed                outputs stored, notice queued
    PENDING ────────────────▶ QUEUED ─────────▶ PROCESSING ────────────────────────────▶ COMPLETED
       │                       │  ▲                │  │ ▲
       │                       │  └── released ────┘  └─┘ claimed again once the lease ran out
       │                       │     or try failed      │
       ├──── input's fault ────┴──── input's fault, or ─┴──▶ FAILED ──▶ QUEUED
       │                             tries exhausted             replayed by an operator
       ├──── cancelled by its owner, from any of the three ─▶ CANCELLED
       └──── upload never came ────────────────────────────▶ EXPIRED

A job of long audio is planned by the worker that claims it, and then parked: PROCESSING, split into chunks
and held by nobody. Its next claim assembles it, or sees to chunks that nobody works on. A workflow that waits
for a job that it made is parked too, and claimed again when that has ended.

Every arrow is one conditional write of the job store; what is not in :data:`TRANSITIONS` is refused.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.domain.faults import Fault
from shared.domain.languages import AUTO
from shared.domain.record import Record, Timestamp
from shared.domain.results import JobOutput, JobResult
from shared.domain.work_queues import WorkQueue
from shared.domain.workflows import OperationOrWorkflow


class JobStatus(StrEnum):
    """Upper case in records and logs, lower case on the wire."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_final(self) -> bool:
        """Whether a job in this state has ended: it stays so, unless an operator replays a FAILED one."""
        return self in _FINAL


TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset(
        {JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED}
    ),
    JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.PROCESSING: frozenset(JobStatus) - {JobStatus.PENDING, JobStatus.EXPIRED},
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.CANCELLED: frozenset(),
    JobStatus.EXPIRED: frozenset(),
}

_FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED})


def sources_of(target: JobStatus) -> frozenset[JobStatus]:
    """The states from which the table lets a job enter ``target``."""
    return frozenset(source for source, targets in TRANSITIONS.items() if target in targets)


GOING_ON = frozenset({JobStatus.QUEUED, JobStatus.PROCESSING})
"""The states in which a job's chunks are worked on."""

CLOCK_SKEW_SECONDS = 5.0
"""How far the clocks of two workers may disagree: a lease that ran out is claimable only this much later."""

QUIET_KEPT = timedelta(days=1)
"""From its creation on; the table may drop it later, but what it says counts no longer."""


class JobType(StrEnum):
    """The operation a job does."""

    TRANSCRIPTION = "TRANSCRIPTION"
    CONVERT = "CONVERT"
    SPLIT = "SPLIT"
    CLIP = "CLIP"
    ANALYZE = "ANALYZE"
    METADATA = "METADATA"
    SPECTROGRAM = "SPECTROGRAM"
    PODCAST = "PODCAST"
    MUSIC_MASTERING = "MUSIC_MASTERING"
    AUDIOBOOK = "AUDIOBOOK"

    @property
    def is_workflow(self) -> bool:
        """Whether the job is done in steps that have records of their own."""
        return self in (JobType.PODCAST, JobType.MUSIC_MASTERING, JobType.AUDIOBOOK)


class TranscriptionOptions(Record):
    """What the owner asked for.

    ``prompt`` is text that precedes the audio (names, spelling, style); ``hotwords`` are words to
    favour. ``language`` is an ISO 639 code or ``auto``.
    """

    language: str = AUTO
    task: Literal["transcribe", "translate"] = "transcribe"
    word_timestamps: bool = True
    prompt: str | None = None
    hotwords: str | None = None


class Lease(Record):
    """The right to work on a job until a time. ``attempt`` makes each lease of a job distinct."""

    owner: str
    attempt: int
    expires_at: Timestamp


class JobFile(Record):
    """The job's input, copied from the file record so that a worker reads one record."""

    file_id: str
    filename: str
    content_type: str
    size_bytes: int
    key: str


class JobError(Record):
    """Why a job failed: a stable code, and a sentence for its owner."""

    code: str
    message: str

    @classmethod
    def of(cls, fault: Fault, **facts: object) -> JobError:
        """The error for a fault, with the facts that its sentence names."""
        return cls(code=fault.code, message=fault.describe(**facts))


def _to_tenths(milliseconds: float) -> float:
    return round(milliseconds, 1)


Milliseconds = Annotated[float, AfterValidator(_to_tenths)]
"""A span of time to 0.1 ms: what a clock tells beyond that is noise."""


class Timings(Record):
    """How long each stage of the successful attempt took, in milliseconds.

    ``queue_wait_ms`` runs from the entry into the queue to the claim by a worker; ``notice_ms`` is the
    hand-over of the notice to its queue.
    """

    queue_wait_ms: Milliseconds = 0
    decode_ms: Milliseconds = 0
    inference_ms: Milliseconds = 0
    store_ms: Milliseconds = 0
    notice_ms: Milliseconds = 0
    total_ms: Milliseconds = 0


class Split(Record):
    """What planning left of a job that is done in chunks.

    ``started_at`` and ``queue_wait_ms`` are those of the claim that planned it: the one that assembles it
    comes much later. ``planning_ms`` is what finding the cuts took.
    """

    chunks: int
    started_at: Timestamp
    queue_wait_ms: float
    planning_ms: float


class Job(Record):
    """One ``JOB#{job_id}`` record: one operation on a file, for one user.

    A job with a ``split`` is done in chunks: while they are worked on it is PROCESSING and nobody holds it.
    What is said of its owner (``priority``, ``audio_minutes``) is as of the job's creation.
    """

    job_id: str
    user_id: str
    type: JobType = JobType.TRANSCRIPTION
    priority: bool = False
    """It goes before those that have none."""
    status: JobStatus = JobStatus.PENDING
    options: TranscriptionOptions = TranscriptionOptions()
    """Those of a transcription."""
    operation: OperationOrWorkflow | None = None
    """What any other job is to do."""
    file: JobFile
    audio_minutes: int | None = None
    """The longest audio that its owner may send; None leaves the worker's own bound."""
    progress: int = Field(default=0, ge=0, le=100)
    current_step: str | None = None
    """The step of a workflow that was begun last."""
    parent_id: str | None = None
    """The job that made this one; it alone is told of its end."""
    attempts: int = 0
    """Claims: a killed or drained worker raises this one only."""
    failures: int = 0
    """Tries that failed."""
    parks: int = 0
    """Claims that ended with the job parked."""
    redrives: int = 0
    """Replays by an operator."""
    lease: Lease | None = None
    outputs: tuple[JobOutput, ...] = ()
    result: JobResult | None = None
    error: JobError | None = None
    timings: Timings | None = None
    split: Split | None = None
    kept_until: Timestamp | None = None
    """When the job and all that belongs to it are deleted, once it has ended; None keeps it."""
    trace: str | None = None
    """The header of the span that created it, where anybody traces: storage's events can't carry one."""
    webhook_url: str | None = None
    """An address that this job alone reports to, besides its owner's webhooks."""
    watchers: frozenset[str] = frozenset()
    """The connections (WebSockets) that are told how it goes on; nobody joins once it has ended."""
    batch_id: str | None = None
    """The batch whose one notice tells of this job too; None: it is told of by itself."""
    quiet: bool = False
    """A means to answer a call: nobody is told how it ends, it stands in no list, takes none of its owner's
    slots, and is forgotten after ``QUIET_KEPT``."""
    created_at: Timestamp
    updated_at: Timestamp
    queued_at: Timestamp | None = None
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None

    @property
    def queue(self) -> WorkQueue:
        """Where it waits for a worker, with all its chunks."""
        return WorkQueue.of(is_transcription=self.type is JobType.TRANSCRIPTION, priority=self.priority)

    def longest_seconds(self, bound_seconds: float) -> float:
        """The longest audio that is taken for the job: its owner's bound or the worker's, the lesser."""
        return bound_seconds if self.audio_minutes is None else min(bound_seconds, self.audio_minutes * 60)
