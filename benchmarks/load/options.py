"""What ``make loadtest`` can be asked for."""

from __future__ import annotations

from pydantic import Field

from local.options import PlatformOptions


class LoadOptions(PlatformOptions):
    """How many jobs, and over how many processes."""

    model: str | None = Field(default="fake", description="The workers' model.")
    jobs: int = Field(default=2000, ge=20, le=100_000, description="How many jobs come as fast as they can.")
    callers: int = Field(default=8, ge=1, le=64, description="Users who submit at the same time.")
    slots: int = Field(default=4, ge=1, le=64, description="Jobs that one worker has at once.")
    steady_share: float = Field(
        default=0.1, ge=0, le=1, description="So many jobs more then come at half the rate that was found."
    )
    patience_seconds: float = Field(
        default=60, gt=0, description="How long nothing may happen before the rest is given up."
    )
