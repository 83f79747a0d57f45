"""Whisper's known failures, found in what it wrote: text over silence, loops, lost times.

Pure functions over heard segments. Whisper was trained on subtitles: over silence it may write what
subtitles say there ("Thank you for watching"), and once it repeats itself it tends to go on (Radford
et al. 2022, arXiv:2212.04356, section 4.5; Koenecke et al. 2024, arXiv:2402.08021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.engine import HeardSegment, HeardWord, Span
from services.transcriber.loudness import power_of_frames
from shared.domain.transcript import SegmentFlag

MAX_COMPRESSION_RATIO = 2.4
"""Whisper's own bound: text that zlib shrinks further is a loop."""

MIN_MEAN_LOG_PROBABILITY = -1.0
"""Whisper's own bound: below it the model is guessing."""

MAX_NO_SPEECH_PROBABILITY = 0.6
DOUBTED_LOG_PROBABILITY = -0.7
"""Text that may be invented: the model thinks nobody speaks, and isn't sure of what it wrote."""

SILENCE_RMS = 10 ** (-70 / 20)
"""-70 dBFS, ten steps of 16-bit sound: nobody speaks below it."""

LOST_SPEECH_SECONDS = 10.0
"""Speech without any text: no pause for thought, nor a word that the model could not make out."""

CLOCK_SLACK_SECONDS = 0.5
"""Neighbours may overlap this much, and the last end this late: rounding, mended without a word."""

_LOUDNESS_FRAME_SAMPLES = SAMPLE_RATE * 3 // 100
_LOOP_TIMES = {1: 5, 2: 4, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 3}
"""How often in a row a phrase of so many words makes a loop: people do say "no, no, no, no"."""
_SAME_SEGMENTS = 3


def is_silent(samples: Samples, span: Span, speech: Sequence[Span]) -> bool:
    """Whether nobody can have spoken there: no voice was detected, or there is no sound at all."""
    if not any(span.overlaps(voice) for voice in speech):
        return True
    part = samples[max(0, int(span.start * SAMPLE_RATE)) : int(span.end * SAMPLE_RATE)]
    power = power_of_frames(part, _LOUDNESS_FRAME_SAMPLES)
    return len(power) > 0 and bool(np.sqrt(power.max()) < SILENCE_RMS)


def has_loop(words: Sequence[str]) -> bool:
    """Whether some phrase of up to eight words follows itself too often to have been said."""
    said = [word.strip(".,;:!?¿¡…\"'").casefold() for word in words]
    for length, times in _LOOP_TIMES.items():
        run = 0
        for here in range(length, len(said)):
            run = run + 1 if said[here] == said[here - length] else 0
            if run >= length * (times - 1):
                return True
    return False


def suspicions(segments: Sequence[HeardSegment], duration_seconds: float) -> list[frozenset[SegmentFlag]]:
    """What is suspicious about each segment of one stretch of sound of that duration."""
    found = [_suspicions_of(segment) for segment in segments]
    for index in _in_runs_of_the_same_text(segments):
        found[index].add(SegmentFlag.REPETITION)
    clock = 0.0
    for flags, segment in zip(found, segments, strict=True):
        runs_back = segment.start < clock - CLOCK_SLACK_SECONDS or segment.end < segment.start
        if runs_back or segment.end > duration_seconds + CLOCK_SLACK_SECONDS:
            flags.add(SegmentFlag.TIMES_CORRECTED)
        clock = max(clock, segment.end)
    return [frozenset(flags) for flags in found]


def stretches(suspected: Sequence[frozenset[SegmentFlag]]) -> list[range]:
    """Index ranges of neighbouring segments that are suspected: each is heard again as one."""
    found: list[range] = []
    for index, flags in enumerate(suspected):
        if not flags:
            continue
        if found and found[-1].stop == index:
            found[-1] = range(found[-1].start, index + 1)
        else:
            found.append(range(index, index + 1))
    return found


def unheard(segments: Sequence[HeardSegment], speech: Sequence[Span], duration_seconds: float) -> list[Span]:
    """Stretches without text in which somebody speaks for long: Whisper may pass over a whole window."""
    edges = [0.0, *(time for segment in segments for time in (segment.start, segment.end)), duration_seconds]
    gaps = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [gap for gap in gaps if _seconds_shared(gap, speech) >= LOST_SPEECH_SECONDS]


def in_order(segment: HeardSegment, earliest: float, latest: float) -> HeardSegment:
    """The segment with all its times between two bounds and none running backwards."""
    start = min(max(segment.start, earliest), latest)
    end = min(max(segment.end, start), latest)
    words: list[HeardWord] = []
    clock = start
    for word in segment.words:
        word_start = min(max(word.start, clock), end)
        clock = min(max(word.end, word_start), end)
        words.append(replace(word, start=word_start, end=clock))
    return replace(segment, start=start, end=end, words=tuple(words))


def _seconds_shared(gap: Span, speech: Sequence[Span]) -> float:
    return sum(max(0.0, min(gap.end, voice.end) - max(gap.start, voice.start)) for voice in speech)


def _suspicions_of(segment: HeardSegment) -> set[SegmentFlag]:
    flags: set[SegmentFlag] = set()
    if segment.compression_ratio > MAX_COMPRESSION_RATIO or has_loop(segment.text.split()):
        flags.add(SegmentFlag.REPETITION)
    if segment.mean_log_probability < MIN_MEAN_LOG_PROBABILITY:
        flags.add(SegmentFlag.LOW_CONFIDENCE)
    if (
        segment.no_speech_probability > MAX_NO_SPEECH_PROBABILITY
        and segment.mean_log_probability < DOUBTED_LOG_PROBABILITY
    ):
        flags.add(SegmentFlag.OVER_SILENCE)
    return flags


def _in_runs_of_the_same_text(segments: Sequence[HeardSegment]) -> set[int]:
    found: set[int] = set()
    texts = [segment.text.casefold() for segment in segments]
    for last in range(_SAME_SEGMENTS - 1, len(texts)):
        run = range(last - _SAME_SEGMENTS + 1, last + 1)
        if len({texts[index] for index in run}) == 1:
            found.update(run)
    return found
