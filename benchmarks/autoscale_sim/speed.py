"""How fast one vCPU transcribes: measured here, else what is published; always an assumption to name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.names import with_random_weights

PUBLISHED_AUDIO_SECONDS = 13 * 60
PUBLISHED_WALL_SECONDS = 2 * 60 + 4
PUBLISHED_THREADS = 8


@dataclass(frozen=True)
class Speed:
    """Seconds of audio that one vCPU hears in a second, and where the figure is from."""

    audio_seconds_per_vcpu_second: float
    source: str


PUBLISHED = Speed(
    PUBLISHED_AUDIO_SECONDS / PUBLISHED_WALL_SECONDS / PUBLISHED_THREADS,
    "faster-whisper 0.3.0's README (2023): model small, int8, beam 5, 13 minutes of audio in 2 m 04 s on "
    "8 threads of a Xeon Gold 6226R",
)
"""A server's processor, as Fargate's x86 is. ARM64 is replayed with the same, for want of a figure: they
differ by their prices alone."""


_MEASURED_AS = f"{with_random_weights('small')}: "
_UNIT = "x real time"


def measured(report: Path) -> Speed | None:
    """What ``make bench`` measured here at the size of the model small; None without its report."""
    if not report.is_file():
        return None
    found = json.loads(report.read_text())
    for one in found.get("measurements", ()):
        if one["measure"].startswith(_MEASURED_AS) and one["unit"] == _UNIT:
            machine = found["machine"]
            return Speed(
                one["value"] / machine["cores"], f"{report.name}: {one['measure']}, {machine['cpu']}"
            )
    return None


def given(audio_seconds_per_vcpu_second: float) -> Speed:
    """A figure from the command line, above zero."""
    return Speed(audio_seconds_per_vcpu_second, "given on the command line")
