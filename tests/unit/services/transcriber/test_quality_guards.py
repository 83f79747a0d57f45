"""What never leaves the worker, through the handler: invented text, loops, impossible times.

Silence, noise, music and pauses are heard by the bundled model; an engine that is stuck is played.
"""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import pytest

from shared.domain.transcript import Grade, Segment, SegmentFlag
from shared.metrics import Metric
from tests.support.media import SAMPLES, noise, read_audio, silence, wav

RATE_HZ = 16_000


def chords(seconds: float) -> np.ndarray:
    """Music-like: a new triad with overtones every half second, each struck and fading."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    beat = (time * 2).astype(int)
    base = 220.0 * 2 ** (np.array([0, 5, 7, 3])[beat % 4] / 12)
    voices = sum(
        np.sin(2 * np.pi * base * step * overtone * time) / overtone
        for step in (1.0, 1.26, 1.5)
        for overtone in (1, 2, 3)
    )
    return (0.08 * voices * np.exp(-3 * (time % 0.5))).astype(np.float32)


SOUND_WITHOUT_SPEECH = {
    "silence": lambda: silence(20),
    "faint noise": lambda: noise(20, level=0.002),
    "noise": lambda: noise(20, level=0.1),
    "loud noise": lambda: noise(20, level=0.5),
    "chords": lambda: chords(20),
    "a hum": lambda: (0.3 * np.sin(2 * np.pi * 50 * np.arange(20 * RATE_HZ) / RATE_HZ)).astype(np.float32),
    "clicks": lambda: np.where(np.arange(20 * RATE_HZ) % 8_000 < 4, 0.8, 0.0).astype(np.float32),
}


@pytest.mark.heavy
@pytest.mark.parametrize("kind", SOUND_WITHOUT_SPEECH)
def test_sound_without_speech_gives_no_text(transcribe, whisper, kind: str) -> None:
    run = transcribe(wav(SOUND_WITHOUT_SPEECH[kind]()), whisper)
    assert (run.transcript.text, run.transcript.segments) == ("", ())
    assert run.transcript.quality.grade is Grade.EMPTY
    assert run.transcript.quality.speech_share < 0.1
    assert run.metrics.values_of(Metric.CONFIDENCE) == []


@pytest.mark.heavy
def test_speech_with_long_pauses_keeps_its_words_and_none_are_in_the_pauses(transcribe, whisper) -> None:
    clip = read_audio(SAMPLES / "es_1_clean.flac")
    alone = transcribe(wav(clip), whisper).transcript
    pause_seconds = 45
    sound = np.concatenate([clip, silence(pause_seconds), clip, noise(pause_seconds, level=0.002)])
    transcript = transcribe(wav(sound), whisper).transcript
    words = alone.text.casefold().split()
    found = transcript.text.casefold().split()
    assert SequenceMatcher(None, found, words * 2).ratio() > 0.8
    assert len(found) == pytest.approx(2 * len(words), abs=4)
    clip_seconds = len(clip) / RATE_HZ
    assert_in_order(transcript.segments, transcript.duration_seconds)
    for segment in transcript.segments:
        middle = (segment.start + segment.end) / 2
        assert middle < clip_seconds or 0 < middle - clip_seconds - pause_seconds < clip_seconds
    assert transcript.speech_seconds < 2.2 * clip_seconds


def assert_in_order(segments: tuple[Segment, ...], duration_seconds: float) -> None:
    clock = 0.0
    for segment in segments:
        assert clock <= segment.start < segment.end <= duration_seconds
        clock = segment.end


def test_an_engine_that_is_stuck_leaves_a_marked_segment_a_poor_grade_and_a_metric(
    transcribe, scripted, heard
) -> None:
    stuck = heard("and then and then and then and then and then and then", 0, 10, compression_ratio=3.5)
    engine = scripted([[stuck]])
    run = transcribe(wav(noise(10)), engine)
    [segment] = run.transcript.segments
    assert SegmentFlag.REPETITION in segment.flags
    assert len(engine.requests) == 2, "heard again exactly once"
    assert engine.requests[1].careful
    assert run.transcript.quality.flagged_segments == 1
    assert run.transcript.quality.grade is Grade.POOR
    assert run.metrics.values_of(Metric.SEGMENTS_FLAGGED) == [1]
    assert run.metrics.values_of(Metric.TRANSCRIPTS_POOR) == [1]
    assert '"flaggedSegments": 1' in run.texts["json"]


def test_an_engine_that_recovers_leaves_the_second_hearing(transcribe, scripted, heard) -> None:
    stuck = heard("and then and then and then and then and then and then", 0, 10, compression_ratio=3.5)
    run = transcribe(wav(noise(10)), scripted([[stuck], [heard("And then we left.", 0, 10)]]))
    assert run.transcript.text == "And then we left."
    assert run.transcript.segments[0].flags == (SegmentFlag.REDECODED,)
    assert run.transcript.quality.redecoded_segments == 1


def test_text_that_an_engine_invents_over_silence_is_dropped(transcribe, scripted, heard) -> None:
    invented = heard("Thank you for watching!", 0, 5)
    transcript = transcribe(wav(silence(5)), scripted([[invented]])).transcript
    assert (transcript.text, transcript.segments) == ("", ())


def test_times_that_run_backwards_or_past_the_end_are_put_in_order(transcribe, scripted, heard) -> None:
    segments = [heard("One two.", 4, 6), heard("Three four.", 1, 3), heard("Five six.", 8, 14)]
    transcript = transcribe(wav(noise(10)), scripted([segments])).transcript
    assert transcript.text == "One two. Three four. Five six."
    assert_in_order(transcript.segments, 10.0)
    for segment in transcript.segments:
        assert_in_order(segment.words, 10.0)
    assert SegmentFlag.TIMES_CORRECTED in {flag for segment in transcript.segments for flag in segment.flags}
