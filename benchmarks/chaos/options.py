"""What ``make chaos`` can be asked for."""

from __future__ import annotations

from pydantic import Field

from local.options import PlatformOptions


class ChaosOptions(PlatformOptions):
    """A storm's size. What it does when follows from ``seed``; how the processes race does not."""

    workers: int = Field(default=3, ge=1, le=32, description="How many transcribers to run.")
    converters: int = Field(default=2, ge=1, le=32, description="How many converters to run.")
    notifiers: int = Field(default=2, ge=1, le=8, description="How many notifiers to run.")
    model: str | None = Field(default="fake", description="The workers' model.")
    jobs: int = Field(default=400, ge=1, le=10_000, description="How many jobs to submit.")
    seconds: float = Field(default=120, ge=5, description="How long the storm lasts.")
    seed: int | None = Field(default=None, ge=0, description="Repeats a storm; a new one if absent.")
    freeze_seconds: float = Field(
        default=20, ge=0, le=60, description="How long the emulator stands still in the middle."
    )
    kill_every_seconds: float = Field(
        default=3, gt=0, description="Mean time between two kills of a process."
    )
    settle_seconds: float = Field(
        default=180, gt=0, description="How long after the storm everything may take to end."
    )
