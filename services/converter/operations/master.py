"""Brings the whole sound to a level under a limit of its peaks, and encodes it.

::

    measured ─▶ gain ─┬──────────────────────────────▶ encoded ─┬───────────────▶ done
                      │ peaks would pass the limit               │ verified: its peaks pass it
                      └▶ measured again behind the limiter,      └▶ a lower limit, and once more
                         gain corrected by what that took

All is measured in the shape that is written: mixing channels down changes both level and peaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Literal

import av
from threadpoolctl import threadpool_limits

from services.converter.encoder import open_encoder, shape_for
from services.converter.encodings import depth_of, encoding_for
from services.converter.input_file import InputFile, Limits, Report, unreported
from services.converter.measuring.levels import LevelMeter
from services.converter.measuring.loudness import LoudnessMeter
from services.converter.measuring.true_peak import TruePeakMeter, decibels
from services.converter.operations.normalise import MOST_GAIN_DB, Gain, levelled
from services.converter.shaping import Shape, array_of, shaped
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.media.audio_source import Source

CODEC_HEADROOM_DB = 1.0
"""MP3 at these rates lifts peaks by some tenths of a decibel: the limiter stays so far below the limit."""

CLOSE_DB = 0.1
"""A level this near to its target needs no further correction."""

MOST_CORRECTION_DB = 3.0
"""What a limiter takes beyond this it is not to be fed again: the sound would be squashed."""

MOST_ENCODINGS = 3

_FLAT_RATES_HZ = (44_100, 48_000)


@dataclass(frozen=True)
class Goal:
    """How loud the result is to be: integrated loudness (LUFS) or RMS (dB of full scale), and its peaks.

    ``most_peak_db`` is the highest true peak (dBTP) of the finished file.
    """

    measure: Literal["lufs", "rms"]
    level: float
    most_peak_db: float


@dataclass(frozen=True)
class Care:
    """How much work goes into a result: corrections at most of the gain, and whether peaks are verified."""

    corrections: int
    verified: bool


@dataclass(frozen=True)
class Recipe:
    """The file to write. ``bit_rate`` (bit/s, MP3) and ``depth`` None: as the sound calls for."""

    form: AudioFormat
    layout: str
    rate_hz: int
    bit_rate: int | None = None
    depth: str | None = None

    @property
    def shape(self) -> Shape:
        """The sound that is measured and levelled."""
        return Shape("flt", self.layout, self.rate_hz)


@dataclass(frozen=True)
class Mastered:
    """What came of it; ``gain`` None where none was asked for."""

    duration_seconds: float
    damaged_packets: int
    gain: Gain | None


@dataclass(frozen=True)
class Levels:
    """Loudness and RMS of the sound, and its true peak (dBTP); None for silence."""

    lufs: float | None
    rms_db: float | None
    true_peak_db: float | None

    def of(self, goal: Goal) -> float | None:
        """That which the goal is about."""
        return self.lufs if goal.measure == "lufs" else self.rms_db


def flat_rate_hz(rate_hz: int) -> int:
    """The rate for an MP3 of up to 320 kbit/s: 44.1 or 48 kHz (below 32 kHz MPEG allows 160)."""
    if rate_hz in _FLAT_RATES_HZ:
        return rate_hz
    return 44_100 if rate_hz < _FLAT_RATES_HZ[0] or rate_hz % 44_100 == 0 else 48_000


def master(
    source: Source,
    target: IO[bytes],
    recipe: Recipe,
    goal: Goal,
    care: Care,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Mastered:
    """Write ``source`` at the goal's level into ``target``, a file of the operating system.

    Memory stays flat in the length. What is silent stays so. Raises ``PermanentError`` as
    :class:`InputFile` does, and FORMAT_IMPOSSIBLE.
    """
    headroom = 0.0 if FORMATS[recipe.form].lossless else CODEC_HEADROOM_DB
    ceiling_db = goal.most_peak_db - headroom
    passes = 2 + care.corrections + (2 if care.verified else 0)
    done = 0

    def part(share: float) -> None:
        report(min(1.0, (done + share) / passes))

    for encoding in range(1, MOST_ENCODINGS + 1):
        gain, measurings = gain_to(source, recipe, goal, ceiling_db, care.corrections, limits, part)
        done = 1 + measurings if encoding == 1 else done
        target.seek(0)
        target.truncate()
        mastered = encode(source, target, recipe, gain, limits=limits, report=part)
        if not care.verified or encoding == MOST_ENCODINGS:
            return mastered
        reached_db = measure(target, recipe, report=part).true_peak_db
        if reached_db is None or reached_db <= goal.most_peak_db:
            return mastered
        ceiling_db -= reached_db - goal.most_peak_db + CLOSE_DB
    raise AssertionError("the last encoding returns")


def encode(
    source: Source,
    target: IO[bytes],
    recipe: Recipe,
    gain: Gain | None = None,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Mastered:
    """Write the sound as the recipe says, with the gain applied. Raises as :func:`master` does."""
    with InputFile(source, limits=limits, report=report) as file:
        depth = recipe.depth or depth_of(file.track)
        encoding = encoding_for(recipe.form, "high", channels=recipe.shape.channels, depth=depth)
        if recipe.bit_rate is not None:
            encoding = replace(encoding, bit_rate=recipe.bit_rate)
        frames = _heard(file, recipe, gain)
        with open_encoder(target, encoding, recipe.layout, recipe.rate_hz) as encoder:
            for frame in shaped(frames, shape_for(encoding, recipe.layout, recipe.rate_hz)):
                encoder.write(frame)
        return Mastered(file.seconds, file.track.corrupt_packets, gain)


def gain_to(
    source: Source,
    recipe: Recipe,
    goal: Goal,
    ceiling_db: float,
    corrections: int,
    limits: Limits | None,
    report: Report,
) -> tuple[Gain, int]:
    """What brings the sound to the goal under ``ceiling_db`` (dBTP), and how often it was measured."""
    levels = measure(source, recipe, limits=limits, report=report)
    level = levels.of(goal)
    if level is None or levels.true_peak_db is None:
        return Gain(levels.lufs, 0.0, None), 1
    gain_db = min(MOST_GAIN_DB, goal.level - level)
    most_db = gain_db + MOST_CORRECTION_DB
    limited = levels.true_peak_db + gain_db > ceiling_db
    gain = Gain(levels.lufs, gain_db, ceiling_db if limited else None)
    for measurings in range(1, corrections + 1):
        if not limited:
            break
        reached = measure(source, recipe, gain, limits=limits, report=report).of(goal)
        if reached is None or abs(goal.level - reached) <= CLOSE_DB:
            return gain, measurings + 1
        gain = replace(gain, gain_db=min(most_db, gain.gain_db + goal.level - reached))
    return gain, 1 + (corrections if limited else 0)


def measure(
    source: Source,
    recipe: Recipe,
    gain: Gain | None = None,
    *,
    limits: Limits | None = None,
    report: Report = unreported,
) -> Levels:
    """The levels of the sound in the recipe's shape, behind the gain."""
    shape = recipe.shape
    with threadpool_limits(1, user_api="blas"), InputFile(source, limits=limits, report=report) as file:
        loudness, peak = LoudnessMeter(shape), TruePeakMeter(shape.channels)
        level = LevelMeter(shape.rate_hz, shape.channels)
        for frame in shaped(_heard(file, recipe, gain), shape):
            samples = array_of(frame).reshape(-1, shape.channels)
            loudness.push(frame)
            peak.push(samples)
            level.push(samples)
        return Levels(loudness.loudness().integrated_lufs, level.rms_db, decibels(peak.peak))


def _heard(file: InputFile, recipe: Recipe, gain: Gain | None) -> Iterator[av.AudioFrame]:
    frames = shaped(file.frames(), recipe.shape)
    return frames if gain is None else levelled(frames, gain)
