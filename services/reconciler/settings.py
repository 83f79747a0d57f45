"""What the reconciler reads from its environment."""

from __future__ import annotations

from pydantic import BaseModel, Field

from shared.settings import JobQueueUrls, ServiceSettings


class SweepLimits(BaseModel):
    """How long something may take by itself before it is looked after, and how much a run looks at.

    The defaults fit a reconciler that runs every five minutes.
    """

    event_grace_seconds: float = Field(
        default=300, ge=0, description="How long the news of an upload may take to reach the router."
    )
    upload_grace_seconds: float = Field(
        default=3600,
        ge=0,
        description="How long after its URL's end an upload may still come: one that began before goes on.",
    )
    queued_stalled_seconds: float = Field(
        default=10_800,
        gt=0,
        description="How long a QUEUED job may stand still before its message is sent again. Longer than "
        "the longest of RETRY_DELAYS_SECONDS; shorter than a backlog only costs copies of messages.",
    )
    processing_stalled_seconds: float = Field(
        default=900,
        gt=0,
        description="How long a PROCESSING job may stand still, its lease run out, before its message is "
        "sent again. Longer than twice VISIBILITY_SECONDS.",
    )
    most_lost_attempts: int = Field(
        default=5,
        ge=1,
        description="A job that stands still PROCESSING after this many attempts that neither succeeded nor "
        "failed has stopped its workers: it is given up. At most half the queue's maxReceiveCount.",
    )
    notice_grace_seconds: float = Field(
        default=900, ge=0, description="How long a notice may take before it is asked for again."
    )
    notice_window_seconds: float = Field(
        default=172_800,
        gt=0,
        description="How old a job may be whose notice is looked after: longer than one takes in a backlog.",
    )
    notice_round_seconds: float = Field(
        default=10_800,
        ge=0,
        description="How often at most each ended job of the window is looked at: a notice that never goes "
        "out is asked for this often.",
    )
    retention_round_seconds: float = Field(
        default=86_400,
        ge=0,
        description="How often at most each ended job is looked at, whether its owner's tier still keeps it.",
    )
    erasure_grace_seconds: float = Field(
        default=120,
        ge=0,
        description="How long after an account was closed its erasure begins: longer than processes remember "
        "callers (API_KEY_CACHE_SECONDS) and answer a call.",
    )
    erasure_seconds: float = Field(
        default=45,
        gt=0,
        description="How long one run erases accounts; a run must end within its function's time.",
    )
    most_jobs_a_sweep: int = Field(
        default=1000, ge=1, description="How many open jobs of each status one run looks at."
    )
    most_ended_jobs_a_sweep: int = Field(
        default=10_000, ge=1, description="How many ended jobs of each status one run looks at."
    )


class ReconcilerSettings(SweepLimits, JobQueueUrls, ServiceSettings):
    """The settings of the reconciler, wherever it runs."""

    audio_bucket_name: str = Field(description="The bucket that audio is uploaded to.")
    transcript_bucket_name: str = Field(description="The bucket that outputs lie in.")
    uploads_queue_url: str = Field(description="The queue that storage tells of uploads.")
    notification_queue_url: str = Field(description="The queue of notices to owners.")


class ReconcilerTimerSettings(ReconcilerSettings):
    """The settings of the reconciler on a timer of its own."""

    reconcile_seconds: float = Field(default=300, gt=0, description="How long it rests between two runs.")
