"""Typed settings from the environment: every fault reported at once, secrets masked.

A service's settings class derives from :class:`ServiceSettings`; each field's description is the
documentation of its variable (``docs/settings.md`` is generated from them).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.work_queues import WorkQueue
from shared.prices import dollars_per_second


class SettingsError(Exception):
    """The environment is not one that the service can run in. The text names every fault."""


class ServiceSettings(BaseSettings):
    """What every service reads. A field ``job_table_name`` is the variable ``JOB_TABLE_NAME``.

    Where AWS is and who we are there (``AWS_ENDPOINT_URL``, ``AWS_REGION``, credentials) is read by
    boto3 itself.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    job_table_name: str = Field(description="The DynamoDB table that holds every record.")
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="Least severe level that is logged: DEBUG, INFO, WARNING or ERROR.",
    )
    aws_xray_daemon_address: str | None = Field(
        default=None,
        pattern=r"^([^:\s]+:\d+|(tcp|udp):[^:\s]+:\d+ (tcp|udp):[^:\s]+:\d+)$",
        description="Where the X-Ray daemon takes traces, as host:port; unset: nothing is traced. Lambda "
        "sets it by itself.",
    )
    trace_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The share of traces that are sampled where they begin. What fails is always sent.",
    )


class WorkerSettings(ServiceSettings):
    """What every service that works a queue reads besides."""

    visibility_seconds: int = Field(
        default=60,
        ge=5,
        le=43_000,
        description="How long a received message and a claimed job stay ours without a heartbeat.",
    )
    heartbeat_seconds: float = Field(
        default=15,
        gt=0,
        description="How often a running job's lease and visibility are extended. "
        "At most a third of VISIBILITY_SECONDS, so that two beats may fail.",
    )
    receive_wait_seconds: int = Field(
        default=20, ge=0, le=20, description="How long one receive waits for a message."
    )
    drain_seconds: float = Field(
        default=25,
        ge=0,
        description="After SIGTERM, how long running work may finish before it is handed back. "
        "Keep it below the container's stop timeout.",
    )

    liveness_file: Path | None = Field(
        default=None,
        description="A file to touch while the worker lives, for a container's health check; unset: none.",
    )

    @field_validator("heartbeat_seconds")
    @classmethod
    def _leave_room_for_two_failed_beats(cls, heartbeat_seconds: float, others: ValidationInfo) -> float:
        visibility_seconds = others.data.get("visibility_seconds")
        if visibility_seconds is not None and heartbeat_seconds * 3 > visibility_seconds:
            raise ValueError(f"must be at most a third of VISIBILITY_SECONDS, which is {visibility_seconds}")
        return heartbeat_seconds


class JobQueueUrls(BaseModel):
    """What every service reads that asks workers for jobs of any kind."""

    transcription_queue_url: str = Field(description="The queue of jobs to transcribe.")
    transcription_priority_queue_url: str = Field(
        description="The queue of jobs to transcribe that go first."
    )
    conversion_queue_url: str = Field(description="The queue of jobs for the audio toolbox.")
    conversion_priority_queue_url: str = Field(
        description="The queue of jobs for the audio toolbox that go first."
    )

    @property
    def job_queue_urls(self) -> Mapping[WorkQueue, str]:
        """The URL of each."""
        return {
            WorkQueue.TRANSCRIPTION: self.transcription_queue_url,
            WorkQueue.TRANSCRIPTION_PRIORITY: self.transcription_priority_queue_url,
            WorkQueue.CONVERSION: self.conversion_queue_url,
            WorkQueue.CONVERSION_PRIORITY: self.conversion_priority_queue_url,
        }


class TaskSize(BaseModel):
    """What a service that does jobs reads to know what they cost."""

    task_vcpus: float = Field(
        default=1, gt=0, le=16, description="The vCPUs that the worker's task pays for: for the cost of jobs."
    )
    task_memory_gb: float = Field(
        default=2, gt=0, le=120, description="The memory that the worker's task pays for, in GB."
    )

    def dollars_per_second(self, slots: int) -> float:
        """What one of the ``slots`` that share the task costs."""
        return dollars_per_second(vcpus=self.task_vcpus, memory_gb=self.task_memory_gb) / slots


Settings = TypeVar("Settings", bound=BaseSettings)


def load_settings(settings_class: type[Settings]) -> Settings:
    """The settings in the environment. Raises :class:`SettingsError` naming every fault."""
    try:
        return settings_class()
    except ValidationError as error:
        faults = [
            f"{'_'.join(str(part) for part in fault['loc']).upper()}: "
            + fault["msg"].removeprefix("Value error, ")
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("wrong settings: " + "; ".join(sorted(faults))) from None
