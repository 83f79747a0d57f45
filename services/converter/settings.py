"""What the converter reads from its environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import TaskSize, WorkerSettings


class ConverterSettings(TaskSize, WorkerSettings):
    """Where audio comes from and goes to, and how much is done at once."""

    audio_bucket_name: str = Field(description="The bucket that uploads land in.")
    transcript_bucket_name: str = Field(description="The bucket that outputs are stored in.")
    conversion_queue_url: str = Field(description="The queue of jobs for the audio toolbox.")
    conversion_dead_letter_queue_url: str = Field(
        description="Where messages go that nobody can do anything with."
    )
    conversion_priority_queue_url: str = Field(
        description="The queue of jobs for the audio toolbox that go first."
    )
    conversion_priority_dead_letter_queue_url: str = Field(
        description="Where messages of that queue go that nobody can do anything with."
    )
    transcription_queue_url: str = Field(
        description="The queue of jobs to transcribe: workflows ask for transcripts there."
    )
    transcription_priority_queue_url: str = Field(
        description="The queue of jobs to transcribe that go first, for the same."
    )
    notification_queue_url: str = Field(description="The queue of notices for the notifier.")
    conversions_at_once: int = Field(
        default=2, ge=1, le=64, description="Jobs worked on at the same time; each keeps a core busy."
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
