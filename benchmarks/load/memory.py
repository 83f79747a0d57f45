"""Resident memory of every process of the platform, over time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

MEBIBYTE = 1024 * 1024


@dataclass
class MemoryWatch:
    """Samples of our children: ``{name: [(Unix seconds, MiB)]}``, a name being ``transcriber-1``."""

    every_seconds: float = 1.0
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[int, str] = field(default_factory=dict)
    _next_at: float = 0.0

    def look(self) -> None:
        """Take a sample, if it is time again."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + self.every_seconds
        for child in sorted(psutil.Process().children(), key=lambda child: child.pid):
            try:
                name = self._names.get(child.pid) or self._name(child)
                self.samples[name].append((time.time(), child.memory_info().rss / MEBIBYTE))
            except psutil.Error:
                continue  # it ended meanwhile

    def _name(self, child: psutil.Process) -> str:
        service = service_of(child.cmdline())
        alike = sum(name.rpartition("-")[0] == service for name in self._names.values())
        return self._names.setdefault(child.pid, f"{service}-{alike + 1}")


def service_of(arguments: Sequence[str]) -> str:
    """``transcriber`` of a command line that ends with ``-m … services.transcriber``."""
    modules = [argument for argument in arguments if argument.startswith(("services.", "local."))]
    return modules[-1].split(".")[1] if len(modules) > 1 else "emulator"


def growth_mib(samples: Sequence[tuple[float, float]]) -> float:
    """From the middle of a series to its end: what warming up cost is over by then."""
    if len(samples) < 4:
        return 0.0
    return samples[-1][1] - samples[len(samples) // 2][1]


def peak_mib(samples: Sequence[tuple[float, float]]) -> float:
    """The highest of a series."""
    return max(mib for _, mib in samples)
