"""What work costs: the time that a worker spends on it, at the price of the machine that the worker is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

PRICES_AS_OF = date(2026, 3, 1)
"""When the default prices were taken down: AWS Fargate on demand, Linux on x86, us-east-1
(https://aws.amazon.com/fargate/pricing/). Other regions and Spot differ: the settings say."""
VCPU_HOUR_USD = 0.04048
GIB_HOUR_USD = 0.004445

_HOUR_SECONDS = 3600


@dataclass(frozen=True)
class WorkerPrice:
    """A worker's size, how many jobs it works on at once, and the prices of its parts."""

    vcpus: float
    memory_gib: float
    jobs_at_once: int
    vcpu_hour_usd: float
    gib_hour_usd: float

    def of(self, work_seconds: float) -> float:
        """US dollars for so long on one of the worker's slots; without storage, requests and idle time."""
        an_hour = self.vcpus * self.vcpu_hour_usd + self.memory_gib * self.gib_hour_usd
        return work_seconds / _HOUR_SECONDS * an_hour / self.jobs_at_once
