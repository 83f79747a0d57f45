"""What a transcript says about how well it was heard."""

from __future__ import annotations

import pytest

from services.transcriber.quality import quality_of
from shared.domain.transcript import Grade, Segment, SegmentFlag


def segment(seconds: float, confidence: float, *flags: SegmentFlag) -> Segment:
    return Segment(
        id=0, start=0, end=seconds, text="x", confidence=confidence, no_speech_probability=0, flags=flags
    )


@pytest.mark.parametrize(
    ("segments", "grade"),
    [
        ([], Grade.EMPTY),
        ([segment(10, 0.9)], Grade.GOOD),
        ([segment(10, 0.5)], Grade.FAIR),
        ([segment(10, 0.3)], Grade.POOR),
        ([segment(90, 0.9), segment(10, 0.9, SegmentFlag.LOW_CONFIDENCE)], Grade.FAIR),
        ([segment(60, 0.9), segment(40, 0.9, SegmentFlag.REPETITION)], Grade.POOR),
        ([segment(10, 0.9, SegmentFlag.REDECODED, SegmentFlag.TIMES_CORRECTED)], Grade.GOOD),
    ],
)
def test_the_grade_falls_with_confidence_and_with_doubtful_text(segments, grade) -> None:
    assert quality_of(segments, speech_seconds=10, duration_seconds=20).grade is grade


def test_segments_weigh_by_their_length() -> None:
    quality = quality_of(
        [segment(30, 0.9), segment(10, 0.5, SegmentFlag.REDECODED, SegmentFlag.OVER_SILENCE)],
        speech_seconds=40,
        duration_seconds=160,
    )
    assert (quality.mean_confidence, quality.speech_share) == (0.8, 0.25)
    assert (quality.redecoded_segments, quality.flagged_segments) == (1, 1)
