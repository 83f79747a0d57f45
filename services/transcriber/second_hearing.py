"""Listens again, once and carefully, where the guards suspect what was heard.

What is better the second time is taken and marked; what stays doubtful stays and is marked: a reader
can judge a marked sentence, but never sees one that was thrown away. Only text over proven silence
is dropped. Where somebody speaks for long and no text came of it, that stretch is heard again as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.engine import Engine, HeardSegment, HearingRequest, Span
from services.transcriber.guards import (
    MIN_MEAN_LOG_PROBABILITY,
    in_order,
    is_silent,
    stretches,
    suspicions,
    unheard,
)
from services.transcriber.lengths import with_length
from shared.domain.transcript import SegmentFlag

MARGIN_SECONDS = 0.3
"""Heard before and after a stretch, so that its first and last sounds are whole."""

MAX_LOSS = 0.5
"""A second hearing may be this much less probable (in mean log probability) and still be taken.

Beyond that the speaker did repeat himself, and forbidding it made the model say something else.
"""


@dataclass(frozen=True)
class CheckedSegment:
    """A segment and what a reader should know of it."""

    heard: HeardSegment
    flags: tuple[SegmentFlag, ...] = ()


class SecondHearing:
    """Checks what an engine heard in one window.

    ``still_wanted`` is called between segments; what it raises ends the work.
    """

    def __init__(
        self,
        engine: Engine,
        samples: Samples,
        request: HearingRequest,
        *,
        still_wanted: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._samples = samples
        self._still_wanted = still_wanted
        self._duration_seconds = len(samples) / SAMPLE_RATE
        self._careful = replace(request, prompt=None, hotwords=None, careful=True)

    def check(self, heard: Sequence[HeardSegment], speech: Sequence[Span]) -> list[CheckedSegment]:
        """The segments to keep, in order, with their times inside the window."""
        kept = [
            segment
            for segment in heard
            if segment.text and not is_silent(self._samples, Span(segment.start, segment.end), speech)
        ]
        suspected = suspicions(kept, self._duration_seconds)
        checked = [
            CheckedSegment(segment, _sorted(flags)) for segment, flags in zip(kept, suspected, strict=True)
        ]
        # Backwards, so that a stretch that grows or shrinks leaves the indices before it alone.
        for stretch in reversed(stretches(suspected)):
            checked[stretch.start : stretch.stop] = self._hear_again(checked, stretch)
        return self._in_order(self._hear_what_was_passed_over(self._in_order(checked), speech))

    def _hear_what_was_passed_over(
        self, checked: list[CheckedSegment], speech: Sequence[Span]
    ) -> list[CheckedSegment]:
        """Once and not carefully: nothing suggests a loop, and a window that begins elsewhere is enough."""
        found: list[CheckedSegment] = []
        for gap in unheard([segment.heard for segment in checked], speech, self._duration_seconds):
            _, second = self._hear(gap, replace(self._careful, careful=False))
            inside = [in_order(segment, gap.start, gap.end) for segment in second]
            found += self._as_redecoded(inside)
        return sorted([*checked, *found], key=lambda segment: segment.heard.start)

    def _hear_again(self, checked: list[CheckedSegment], stretch: range) -> list[CheckedSegment]:
        first = checked[stretch.start : stretch.stop]
        has_voice, second = self._hear(self._around(first), self._careful)
        if not has_voice and all(SegmentFlag.OVER_SILENCE in segment.flags for segment in first):
            return []
        doubts = suspicions(second, self._duration_seconds)
        return self._as_redecoded(second) if _is_better(second, doubts, first) else first

    def _hear(self, span: Span, request: HearingRequest) -> tuple[bool, list[HeardSegment]]:
        """Whether there is a voice in a part of the window, and what is heard there."""
        offset = int(span.start * SAMPLE_RATE)
        part = self._samples[offset : int(span.end * SAMPLE_RATE)]
        hearing = self._engine.hear(part, request)
        heard: list[HeardSegment] = []
        for segment in hearing.segments:
            self._still_wanted()
            if segment.text and not is_silent(part, Span(segment.start, segment.end), hearing.speech):
                heard.append(_shifted(segment, offset / SAMPLE_RATE))
        return bool(hearing.speech), heard

    def _as_redecoded(self, segments: Sequence[HeardSegment]) -> list[CheckedSegment]:
        return [
            CheckedSegment(segment, _sorted({SegmentFlag.REDECODED, *doubts}))
            for segment, doubts in zip(segments, suspicions(segments, self._duration_seconds), strict=True)
        ]

    def _around(self, stretch: Sequence[CheckedSegment]) -> Span:
        start = min(segment.heard.start for segment in stretch) - MARGIN_SECONDS
        end = max(segment.heard.end for segment in stretch) + MARGIN_SECONDS
        return Span(max(0.0, min(start, self._duration_seconds)), min(end, self._duration_seconds))

    def _in_order(self, checked: Sequence[CheckedSegment]) -> list[CheckedSegment]:
        ordered: list[HeardSegment] = []
        clock = 0.0
        for segment in checked:
            mended = in_order(segment.heard, clock, self._duration_seconds)
            ordered.append(mended)
            clock = mended.end
        return [
            replace(segment, heard=heard)
            for segment, heard in zip(checked, with_length(ordered, self._duration_seconds), strict=True)
        ]


def _is_better(
    second: Sequence[HeardSegment],
    doubts: Sequence[frozenset[SegmentFlag]],
    first: Sequence[CheckedSegment],
) -> bool:
    if not second:
        return False
    if sum(map(len, doubts)) >= sum(len(segment.flags) for segment in first):
        return False
    before = min(segment.heard.mean_log_probability for segment in first)
    after = min(segment.mean_log_probability for segment in second)
    return after >= MIN_MEAN_LOG_PROBABILITY and after >= before - MAX_LOSS


def _shifted(segment: HeardSegment, seconds: float) -> HeardSegment:
    words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in segment.words)
    return replace(segment, start=segment.start + seconds, end=segment.end + seconds, words=words)


def _sorted(flags: set[SegmentFlag] | frozenset[SegmentFlag]) -> tuple[SegmentFlag, ...]:
    return tuple(sorted(flags))
