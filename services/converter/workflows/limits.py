"""The limits that a finished recording is held to, each with what was measured."""

from __future__ import annotations

from shared.domain.audio_operations import LoudnessTarget
from shared.domain.audio_quality import QualityMetrics
from shared.domain.workflows import LimitCheck

LOUDNESS_TOLERANCE_LU = 1.0
"""Players and services round to this, and level what lies within alike."""

ACX_RMS_DB = (-23.0, -18.0)
ACX_PEAK_DB = -3.0
ACX_NOISE_FLOOR_DB = -60.0
"""https://www.acx.com/help/acx-audio-submission-requirements/201456300: RMS, sample peak, noise floor."""


def acx_checks(measured: QualityMetrics) -> tuple[LimitCheck, ...]:
    """The three limits of Audible's ACX."""
    least, most = ACX_RMS_DB
    return (
        check("RMS", "dB", measured.rms_db, least=least, most=most),
        check("peak", "dB", measured.peak_db, most=ACX_PEAK_DB, silence_holds=True),
        check("noise floor", "dB", measured.noise_floor_db, most=ACX_NOISE_FLOOR_DB, silence_holds=True),
    )


def loudness_checks(measured: QualityMetrics, target: LoudnessTarget) -> tuple[LimitCheck, ...]:
    """Whether the target was reached: a recording of mere silence has no loudness to reach it with."""
    return (
        check(
            "loudness",
            "LUFS",
            measured.integrated_lufs,
            least=target.lufs - LOUDNESS_TOLERANCE_LU,
            most=target.lufs + LOUDNESS_TOLERANCE_LU,
        ),
        check("true peak", "dBTP", measured.true_peak_db, most=target.true_peak_db, silence_holds=True),
    )


def check(
    name: str,
    unit: str,
    measured: float | None,
    *,
    least: float | None = None,
    most: float | None = None,
    silence_holds: bool = False,
) -> LimitCheck:
    """One limit. ``silence_holds``: what can't be measured is below it."""
    if measured is None:
        holds = silence_holds
    else:
        holds = (least is None or measured >= least) and (most is None or measured <= most)
    return LimitCheck(name=name, unit=unit, measured=measured, least=least, most=most, holds=holds)


def said(checks: tuple[LimitCheck, ...]) -> str:
    """For people: what fails, or that nothing does."""
    return "; ".join(check.sentence for check in checks if not check.holds) or "every limit holds"
