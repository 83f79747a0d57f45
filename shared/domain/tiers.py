"""What a user may use: the one table of tiers, and how a profile departs from it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from shared.domain.record import Record

_MIB = 1024**2


class Tier(StrEnum):
    """What a user's account is."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class Ability(StrEnum):
    """Something that not every user may have done. Operations bear the audio toolbox's names."""

    TRANSCRIBE = "transcribe"
    CONVERT = "convert"
    SPLIT = "split"
    CLIP = "clip"
    READ_METADATA = "read-metadata"
    WRITE_METADATA = "write-metadata"
    ANALYZE = "analyze"
    SPECTROGRAM = "spectrogram"
    WORKFLOWS = "workflows"


class TierLimits(Record):
    """The bounds of one user. None is no bound.

    ``requests_a_day`` counts the requests that make or change something: looking costs nothing but a place
    in ``requests_a_minute``, which counts all. ``kept_days`` is how long files and transcripts stay.
    ``abilities`` is what may be done with files.
    """

    requests_a_day: int | None
    requests_a_minute: int | None
    file_bytes: int
    audio_minutes: int
    jobs_at_once: int | None
    kept_days: int
    priority: bool
    abilities: tuple[Ability, ...] = tuple(Ability)


LIMITS: Mapping[Tier, TierLimits] = MappingProxyType(
    {
        Tier.FREE: TierLimits(
            requests_a_day=100,
            requests_a_minute=120,
            file_bytes=100 * _MIB,
            audio_minutes=30,
            jobs_at_once=2,
            kept_days=7,
            priority=False,
            abilities=(
                Ability.TRANSCRIBE,
                Ability.CONVERT,
                Ability.SPLIT,
                Ability.CLIP,
                Ability.READ_METADATA,
            ),
        ),
        Tier.PRO: TierLimits(
            requests_a_day=10_000,
            requests_a_minute=600,
            file_bytes=500 * _MIB,
            audio_minutes=180,
            jobs_at_once=10,
            kept_days=30,
            priority=True,
        ),
        Tier.ENTERPRISE: TierLimits(
            requests_a_day=None,
            requests_a_minute=6_000,
            file_bytes=2048 * _MIB,
            audio_minutes=720,
            jobs_at_once=100,
            kept_days=90,
            priority=True,
        ),
    }
)


class LimitOverrides(Record):
    """What an operator granted one user in place of the tier's limits; None leaves the tier's.

    ``unlimited`` lifts the bounds on requests and on jobs at once: for the owner's own bulk imports.
    """

    unlimited: bool = False
    requests_a_day: int | None = Field(default=None, ge=0)
    requests_a_minute: int | None = Field(default=None, ge=1)
    file_bytes: int | None = Field(default=None, ge=1)
    audio_minutes: int | None = Field(default=None, ge=1)
    jobs_at_once: int | None = Field(default=None, ge=0)
    kept_days: int | None = Field(default=None, ge=1)
    priority: bool | None = None
    abilities: tuple[Ability, ...] | None = None


_NO_QUOTA = {"requests_a_day": None, "requests_a_minute": None, "jobs_at_once": None}


def limits_of(tier: Tier, overrides: LimitOverrides | None) -> TierLimits:
    """The tier's limits with a user's own in their place."""
    if overrides is None:
        return LIMITS[tier]
    own = overrides.model_dump(exclude_none=True, exclude={"unlimited"})
    return LIMITS[tier].model_copy(update={**(_NO_QUOTA if overrides.unlimited else {}), **own})


def lowest_tier_with(ability: Ability) -> Tier:
    """The first tier that includes it."""
    return next(tier for tier in Tier if ability in LIMITS[tier].abilities)
