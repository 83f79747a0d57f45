"""What was measured of a file's sound."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from shared.domain.record import Record


class Level(StrEnum):
    """How good a recording is, from best to worst."""

    EXCELLENT = "EXCELLENT"
    GOOD = "GOOD"
    ACCEPTABLE = "ACCEPTABLE"
    POOR = "POOR"
    FAILED = "FAILED"


class QualityMetrics(Record):
    """Null stands for what was not asked for, or what this sound doesn't tell.

    ``level`` is the worst that any rule gives, and ``rule`` says which. ``thd_plus_n`` is in dB below the
    whole signal and needs a test tone. ``snr`` is in dB: against the noise beside a test tone, else
    (``snr_method`` ``pauses``) an estimate from the noise that every band of frequencies falls back to.
    ``dynamic_range`` is how much of full scale the sound uses, in percent; ``dynamic_range_db`` lies between
    its quiet (10th percentile) and its loud (95th) fiftieths of a second. Shares are 0 to 1; ``dc_offset``
    is of full scale; ``key`` is like ``A minor``.
    """

    level: Level
    rule: str
    thd_plus_n: float | None = None
    snr: float | None = None
    snr_method: Literal["tone", "pauses"] | None = None
    dynamic_range: float | None = None
    dynamic_range_db: float | None = None
    clipping_detected: bool | None = None
    clipped_share: float | None = None
    integrated_lufs: float | None = None
    loudness_range_lu: float | None = None
    true_peak_db: float | None = None
    peak_db: float | None = None
    rms_db: float | None = None
    noise_floor_db: float | None = None
    dc_offset: float | None = None
    silence_share: float | None = None
    dual_mono: bool | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    duration_seconds: float = 0.0
    sample_rate: int = 0
    channels: int = 0
