"""What Fargate costs: the one place that knows dollars."""

from __future__ import annotations

from dataclasses import dataclass

AS_OF = "2026-03"
SOURCE = "https://aws.amazon.com/fargate/pricing/, US East (N. Virginia), Linux, without savings plans"

SPOT_DISCOUNT = 0.5
"""Spot's price moves; it is 50 to 70 % below the other. Counted here with the least."""


@dataclass(frozen=True)
class Price:
    """Dollars for an hour of one vCPU, and of one GiB of memory, on demand."""

    vcpu_hour: float
    gib_hour: float


FARGATE = {
    "X86_64": Price(vcpu_hour=0.04048, gib_hour=0.004445),
    "ARM64": Price(vcpu_hour=0.03238, gib_hour=0.00356),
}


def task_hour_dollars(architecture: str, *, vcpus: float, memory_gib: float, spot: bool) -> float:
    """An hour of one task. 20 GiB of scratch space are free; traffic, logs and metrics are not counted."""
    price = FARGATE[architecture]
    dollars = vcpus * price.vcpu_hour + memory_gib * price.gib_hour
    return dollars * (1 - SPOT_DISCOUNT) if spot else dollars
