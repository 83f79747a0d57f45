"""What happens when, drawn from a seed before anything starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

COPIED_SHARE = 0.1
CANCELLED_SHARE = 0.1
FAULTY_SHARE = 0.1
ORDINARY_SHARE = 0.5

WAVE_SECONDS = 10.0
"""Half of the jobs come in waves, and half of the kills right after one: workers die while they work."""

AFTER_WAVE_SECONDS = 1.5

LATEST_CANCEL_SECONDS = 0.6
"""Hardly longer than a job takes from its upload to its end."""

LATEST_COPY_SECONDS = 8.0


class Recording(StrEnum):
    """What a job's file holds."""

    GOOD = "good"
    TEXT = "text"
    DAMAGED = "damaged"


class Work(StrEnum):
    """What a job does. A podcast asks for a transcription of its own."""

    TRANSCRIPTION = "transcription"
    CONVERT = "convert"
    PODCAST = "podcast"


WORK_SHARES = {Work.TRANSCRIPTION: 0.6, Work.CONVERT: 0.3, Work.PODCAST: 0.1}


@dataclass(frozen=True)
class PlannedJob:
    """One submission; ``priority``: by the user whose jobs go first.

    The times after it count from the end of its upload; None: it doesn't happen.
    """

    number: int
    at_seconds: float
    work: Work
    priority: bool
    recording: Recording
    cancelled_after_seconds: float | None
    message_copied_after_seconds: float | None
    notice_copied_after_seconds: float | None


@dataclass(frozen=True)
class Kill:
    """A process that is killed and started again."""

    at_seconds: float
    target: str


@dataclass(frozen=True)
class StormPlan:
    """A whole storm, in seconds from its beginning."""

    jobs: tuple[PlannedJob, ...]
    kills: tuple[Kill, ...]
    freeze_at_seconds: float


def draw_plan(
    seed: int, *, jobs: int, seconds: float, kill_every_seconds: float, targets: Sequence[str]
) -> StormPlan:
    """The plan of a seed: always the same for the same arguments."""
    random = Random(seed)  # noqa: S311  # a schedule, not a secret
    return StormPlan(
        jobs=tuple(
            sorted(
                (_draw_job(random, number, seconds) for number in range(jobs)),
                key=lambda job: (job.at_seconds, job.number),
            )
        ),
        kills=tuple(_draw_kills(random, seconds, kill_every_seconds, targets)),
        freeze_at_seconds=seconds * random.uniform(0.4, 0.5),
    )


def _draw_job(random: Random, number: int, seconds: float) -> PlannedJob:
    at_seconds = random.uniform(0, seconds)
    if random.random() < 1 / 2:
        at_seconds = _wave_before(at_seconds)
    recording = Recording.GOOD
    if random.random() < FAULTY_SHARE:
        recording = random.choice((Recording.TEXT, Recording.DAMAGED))
    return PlannedJob(
        number=number,
        at_seconds=at_seconds,
        work=random.choices(tuple(WORK_SHARES), tuple(WORK_SHARES.values()))[0],
        priority=random.random() >= ORDINARY_SHARE,
        recording=recording,
        cancelled_after_seconds=_sometimes(random, CANCELLED_SHARE, LATEST_CANCEL_SECONDS),
        message_copied_after_seconds=_sometimes(random, COPIED_SHARE, LATEST_COPY_SECONDS),
        notice_copied_after_seconds=_sometimes(random, COPIED_SHARE, LATEST_COPY_SECONDS),
    )


def _sometimes(random: Random, share: float, latest_seconds: float) -> float | None:
    return random.uniform(0, latest_seconds) if random.random() < share else None


def _draw_kills(random: Random, seconds: float, every_seconds: float, targets: Sequence[str]) -> list[Kill]:
    kills: list[Kill] = []
    at_seconds = random.uniform(0.5, 1.5) * every_seconds
    while at_seconds < seconds:
        after_wave = random.random() < 1 / 2
        hits_at = (
            _wave_before(at_seconds) + random.uniform(0, AFTER_WAVE_SECONDS) if after_wave else at_seconds
        )
        kills.append(Kill(hits_at, random.choice(targets)))
        at_seconds += random.uniform(0.5, 1.5) * every_seconds
    return kills


def _wave_before(at_seconds: float) -> float:
    return math.floor(at_seconds / WAVE_SECONDS) * WAVE_SECONDS
