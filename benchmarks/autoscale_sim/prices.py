"""What a task costs: the table of shared/prices.py, and what Spot takes off."""

from __future__ import annotations

from shared.prices import SECONDS_AN_HOUR, dollars_per_second

PRICES = "shared/prices.py: Fargate, us-east-1, Linux, March 2026"

SPOT_DISCOUNT = 0.5
"""Spot's price moves; it is 50 to 70 % below the other. Counted here with the least."""


def task_hour_dollars(architecture: str, *, vcpus: float, memory_gib: float, spot: bool) -> float:
    """An hour of one task. 20 GiB of scratch space are free; traffic, logs and metrics are not counted."""
    dollars = (
        dollars_per_second(vcpus=vcpus, memory_gb=memory_gib, architecture=architecture) * SECONDS_AN_HOUR
    )
    return dollars * (1 - SPOT_DISCOUNT) if spot else dollars
