"""The transcript as it is stored: ``transcript.json``, schema version 1.

Times are seconds from the file's start.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from shared.domain.record import Record, Timestamp


class SegmentFlag(StrEnum):
    """Why a segment should be read with care."""

    REDECODED = "redecoded"
    REPETITION = "repetition"
    LOW_CONFIDENCE = "low-confidence"
    OVER_SILENCE = "over-silence"
    TIMES_CORRECTED = "times-corrected"


class Word(Record):
    """One word with its times (seconds) and the model's probability for it, 0-1."""

    start: float
    end: float
    text: str
    confidence: float


class Segment(Record):
    """A sentence or phrase.

    ``confidence`` (0-1) is the geometric mean of its words' probabilities. Without words it is
    exp(mean log probability) of the tokens of the whole window of up to 30 s that the segment was decoded
    in, and so the same for all segments of that window.
    """

    id: int
    start: float
    end: float
    text: str
    confidence: float
    no_speech_probability: float
    words: tuple[Word, ...] = ()
    flags: tuple[SegmentFlag, ...] = ()


class Grade(StrEnum):
    """How far a transcript can be trusted without listening: see :func:`grade_of` for the bounds."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    EMPTY = "empty"


class Quality(Record):
    """How well a file was heard, as far as its transcript can tell.

    ``mean_confidence`` weighs segments by their length; ``speech_share`` is the part of the file in which
    somebody speaks, 0-1. Redecoded segments stand as a second, more careful hearing gave them; flagged
    ones are doubtful even so.
    """

    mean_confidence: float
    speech_share: float
    redecoded_segments: int
    flagged_segments: int
    grade: Grade


class HeardChunk(Record):
    """A part of a long file that was heard by itself, and the language found in it."""

    start: float
    end: float
    language: str
    language_probability: float | None = None
    speech_seconds: float


class Transcript(Record):
    """All that was heard in one file. ``speech_seconds`` is what voice activity detection kept.

    ``chunks`` is empty unless the file was long enough to be cut. Its ``language`` is then the one that
    most of the speech is in.

    ``language_probability`` (0-1) is None where nobody measured it: the owner named the language, or
    nobody spoke.
    """

    schema_version: Literal[1] = 1
    job_id: str
    filename: str
    task: Literal["transcribe", "translate"]
    model: str
    language: str
    language_probability: float | None = None
    duration_seconds: float
    speech_seconds: float
    confidence: float
    text: str
    quality: Quality | None = None
    segments: tuple[Segment, ...]
    chunks: tuple[HeardChunk, ...] = ()
    created_at: Timestamp
