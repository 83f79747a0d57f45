"""What ``make bench`` can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from local.options import MakeOptions


class Part(StrEnum):
    """A part of the benchmark, which may be asked for alone."""

    ENGINE = "engine"
    SIZES = "sizes"
    ERRORS = "errors"
    PIPELINE = "pipeline"
    WORKERS = "workers"
    MEMORY = "memory"
    SWEEP = "sweep"


class SpeedOptions(MakeOptions):
    """Which parts, and how much of each."""

    quick: bool = Field(default=False, description="Fewer and shorter recordings, to see that it runs.")
    sweep: bool = Field(default=False, description="Try threads, streams and batch sizes too.")
    strict: bool = Field(default=False, description="Status 1 if a goal is missed.")
    hours: float | None = Field(
        default=None, gt=0, description="Hours of speech for word errors; chance hides less in more."
    )
    speech: Path | None = Field(
        default=None, description="Sentences for word errors, as `tools.fixture_model reserved` makes them."
    )
    seed: int = Field(default=7, ge=0, description="Which sentences the recordings are made of.")
    only: Annotated[tuple[Part, ...], NoDecode] = Field(
        default=(), description="Parts to run, separated by commas; all but the sweep if absent."
    )

    @field_validator("only", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order of their run."""
        if self.only:
            return tuple(part for part in Part if part in self.only)
        return tuple(part for part in Part if self.sweep or part is not Part.SWEEP)


@dataclass(frozen=True)
class Amounts:
    """How much is heard. ``*_minutes`` are those of one recording."""

    rounds: int
    engine_files: int
    engine_minutes: float
    sizes_rounds: Mapping[str, int]
    sizes_minutes: Mapping[str, float]
    error_hours: float
    error_minutes: float
    pipeline_rounds: int
    pipeline_files: int
    pipeline_minutes: float
    workers_minutes: float
    chunk_seconds: int
    memory_minutes: float


FULL = Amounts(
    rounds=3,
    engine_files=4,
    engine_minutes=3,
    sizes_rounds={"tiny": 3, "base": 3, "small": 1},
    sizes_minutes={"tiny": 4, "base": 4, "small": 4},
    error_hours=1,
    error_minutes=7.5,
    pipeline_rounds=3,
    pipeline_files=4,
    pipeline_minutes=10,
    workers_minutes=120,
    chunk_seconds=600,
    memory_minutes=180,
)

QUICK = Amounts(
    rounds=1,
    engine_files=2,
    engine_minutes=1,
    sizes_rounds={"tiny": 1, "base": 1, "small": 1},
    sizes_minutes={"tiny": 1, "base": 0.5, "small": 0.5},
    error_hours=0.1,
    error_minutes=1.5,
    pipeline_rounds=1,
    pipeline_files=2,
    pipeline_minutes=1,
    workers_minutes=20,
    chunk_seconds=120,
    memory_minutes=30,
)
