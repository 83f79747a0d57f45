"""What a worker costs: one dated table, and a job's share of it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import date

SECONDS_AN_HOUR = 3600

PRICES_AS_OF = date(2026, 3, 1)


@dataclass(frozen=True)
class FargatePrice:
    """US dollars an hour for a vCPU and for a GB of memory, Linux, on demand."""

    vcpu_hour: float
    gb_hour: float


FARGATE = {"x86_64": FargatePrice(0.04048, 0.004445), "arm64": FargatePrice(0.03238, 0.00356)}
"""By architecture, in us-east-1, as published at ``PRICES_AS_OF``: https://aws.amazon.com/fargate/pricing/.

Other regions cost up to a third more. Fargate Spot has no fixed price; it costs up to 70 % less.
"""


def dollars_per_second(*, vcpus: float, memory_gb: float, architecture: str | None = None) -> float:
    """A running task, of this machine's architecture unless told otherwise."""
    price = FARGATE[architecture or this_architecture()]
    return (vcpus * price.vcpu_hour + memory_gb * price.gb_hour) / SECONDS_AN_HOUR


def this_architecture() -> str:
    """``arm64`` or ``x86_64``, as Fargate names them."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
