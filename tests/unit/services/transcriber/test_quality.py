"""What a transcript says about how well it was heard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from services.transcriber.quality import quality_of
from shared.domain.transcript import Grade, Segment, SegmentFlag
from shared.metrics import Metric


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


def test_a_stuck_loop_leaves_the_worker_marked_graded_and_counted(
    transcribe: Callable, wav: Callable, tone: Callable, scripted: Callable, heard: Callable
) -> None:
    loop = heard("no more of it " * 6, 0, 4, compression_ratio=5.0)
    run = transcribe(wav(tone(5)[0]), scripted([[loop]]))
    quality = run.transcript.quality
    assert (quality.flagged_segments, quality.grade) == (1, Grade.POOR)
    assert run.metrics.values_of(Metric.TRANSCRIPTS_POOR) == [1]
    assert run.metrics.values_of(Metric.SEGMENTS_FLAGGED) == [1]
    assert '"flaggedSegments": 1' in run.texts["json"]


@pytest.mark.parametrize("sound", ["silence", "noise", "tones"])
def test_sound_without_a_voice_has_no_text_and_is_graded_empty(
    sound: str, transcribe: Callable, wav: Callable, tone: Callable, whisper: object
) -> None:
    samples = {
        "silence": np.zeros(16_000 * 5, np.float32),
        "noise": np.random.default_rng(1).standard_normal(16_000 * 5).astype(np.float32) * 0.05,
        "tones": tone(5)[0],
    }[sound]
    run = transcribe(wav(samples), whisper)
    assert (run.transcript.segments, run.transcript.quality.grade) == ((), Grade.EMPTY)
    assert run.transcript.quality.speech_share == 0
    assert run.metrics.values_of(Metric.CONFIDENCE) == []
