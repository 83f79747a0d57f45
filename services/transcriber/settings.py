"""What the transcriber reads from its environment."""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import TaskSize, WorkerSettings


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _streams_for(others: dict[str, Any]) -> int:
    cpu_threads: int = others.get("cpu_threads", 1)
    return max(1, cores() // cpu_threads)


class TranscriberSettings(TaskSize, WorkerSettings):
    """Where audio comes from and text goes, which model listens, and how much at once."""

    audio_bucket_name: str = Field(description="The bucket that uploads land in.")
    transcript_bucket_name: str = Field(description="The bucket that transcripts are stored in.")
    transcription_queue_url: str = Field(description="The queue of jobs to transcribe.")
    transcription_dead_letter_queue_url: str = Field(
        description="Where messages go that nobody can do anything with."
    )
    transcription_priority_queue_url: str = Field(
        description="The queue of jobs to transcribe that go first."
    )
    transcription_priority_dead_letter_queue_url: str = Field(
        description="Where messages of that queue go that nobody can do anything with."
    )
    notification_queue_url: str = Field(description="The queue of notices for the notifier.")
    model: str = Field(
        default="fixture",
        description="fixture (bundled; understands only synthetic speech of its small domain), a "
        "faster-whisper name (small, large-v3, …), a directory holding a CTranslate2 model, or fake "
        "(no model at all: for load tests).",
    )
    model_wait_seconds: float = Field(
        default=10, gt=0, description="How long the model hub may take to answer at start."
    )
    jobs_at_once: int = Field(
        default_factory=cores,
        ge=1,
        le=64,
        description="Jobs worked on at the same time. Default: one a core.",
    )
    cpu_threads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Cores that one stream of the model uses. One: cores that share a stream wait for "
        "each other.",
    )
    streams: int = Field(
        default_factory=_streams_for,
        ge=1,
        le=64,
        description="Batches that the model decodes at the same time, of one job or of several. "
        "Default: one for every CPU_THREADS cores.",
    )
    batch_size: int = Field(
        default=4,
        ge=1,
        le=32,
        description="Pieces of thirty seconds in one batch, at most. More take more memory.",
    )
    condition_on_previous_text: bool = Field(
        default=False, description="Give the model its previous sentence; it may then loop or drift."
    )
    window_seconds: float = Field(
        default=300,
        ge=60,
        le=3600,
        description="Longest stretch held in memory; longer audio is cut at quiet points.",
    )
    chunk_threshold_seconds: float = Field(
        default=1200,
        gt=0,
        description="Audio longer than this is cut into chunks that workers share. Workers from before "
        "chunks refuse their messages: set it above MAX_AUDIO_MINUTES until none of those is left.",
    )
    chunk_seconds: float = Field(
        default=600,
        ge=20,
        description="About how long a chunk is; it is cut at the silence nearest to that.",
    )
    chunks_in_flight: int = Field(
        default=4,
        ge=1,
        description="Chunks of one job that are worked on at once: a long file leaves room for others.",
    )
    max_audio_minutes: float = Field(default=720, gt=0, description="Longest audio that is taken.")
    retry_delays_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        default=(300, 1500, 7500),
        description="Waits before each repeated try of a job that failed, separated by commas.",
    )

    @field_validator("retry_delays_seconds", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value
