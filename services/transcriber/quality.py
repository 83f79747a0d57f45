"""Grades a transcript by what is known without its true text: confidence, flags, share of speech.

The bounds are for people who decide whether to read along; drift is watched by the metrics, not by them.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.transcript import Grade, Quality, Segment, SegmentFlag

GOOD_CONFIDENCE = 0.7
FAIR_CONFIDENCE = 0.45
GOOD_FLAGGED_SHARE = 0.05
FAIR_FLAGGED_SHARE = 0.25
"""Shares of the text's time that stands flagged."""

_HARMLESS = frozenset({SegmentFlag.REDECODED, SegmentFlag.TIMES_CORRECTED})
"""What was mended is no doubt any more."""


def quality_of(segments: Sequence[Segment], *, speech_seconds: float, duration_seconds: float) -> Quality:
    """The quality of segments that were heard in so much sound, so much of it speech."""
    confidence = mean_confidence(segments)
    doubtful = [segment for segment in segments if set(segment.flags) - _HARMLESS]
    return Quality(
        mean_confidence=confidence,
        speech_share=round(min(1.0, speech_seconds / duration_seconds), 4) if duration_seconds else 0.0,
        redecoded_segments=sum(SegmentFlag.REDECODED in segment.flags for segment in segments),
        flagged_segments=len(doubtful),
        grade=_grade_of(confidence, _seconds(doubtful) / (_seconds(segments) or 1))
        if segments
        else Grade.EMPTY,
    )


def mean_confidence(segments: Sequence[Segment]) -> float:
    """Mean of the segments' confidence, each weighted by its length; 0 where there is no text."""
    seconds = _seconds(segments)
    if not seconds:
        return 0.0
    weighted = sum(segment.confidence * (segment.end - segment.start) for segment in segments)
    return round(weighted / seconds, 4)


def _grade_of(confidence: float, flagged_share: float) -> Grade:
    if confidence >= GOOD_CONFIDENCE and flagged_share <= GOOD_FLAGGED_SHARE:
        return Grade.GOOD
    if confidence >= FAIR_CONFIDENCE and flagged_share <= FAIR_FLAGGED_SHARE:
        return Grade.FAIR
    return Grade.POOR


def _seconds(segments: Sequence[Segment]) -> float:
    return sum(segment.end - segment.start for segment in segments)
