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


class Transcript(Record):
    """All that was heard in one file. ``speech_seconds`` is what voice activity detection kept.

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
    segments: tuple[Segment, ...]
    created_at: Timestamp
