"""Joins what two chunks heard of the same stretch, so that no word is lost or doubled at the seam.

::

    left    … the  quick  brown  fox  ju
    right                 own  fox  jumps  over …
                               └┬┘
                            the anchor: a word that both heard at the same time

Up to and with the anchor the left one is believed, after it the right one. Of several anchors the
one is taken that both date alike (people repeat themselves: not every same word is the same one), and of
those the nearest to the middle, where neither hears a cut-off sound. Where the two agree on no word, they
are divided by time at the middle, and the right one yields where a word of the left one reaches across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from services.transcriber.engine import Span
from services.transcriber.lengths import SHORTEST_SECONDS, fitted, lengthened
from shared.domain.transcript import Segment, Word

SAME_WORD_SECONDS = 0.6
"""How far apart two hearings may date the same word: Whisper's word times are that rough."""


@dataclass(frozen=True)
class _Place:
    """A word and where it stands: the index of its segment, and its own in there."""

    segment: int
    index: int
    word: Word

    @property
    def middle(self) -> float:
        return (self.word.start + self.word.end) / 2

    @property
    def said(self) -> str:
        return self.word.text.strip(".,;:!?¿¡…\"'()").casefold()


def join(left: Sequence[Segment], right: Sequence[Segment], start: float, end: float) -> list[Segment]:
    """The segments of both, divided at one seam between ``start`` and ``end``, in seconds.

    Each hears the file on one side of the overlap whole. A segment without words is kept or left whole.
    """
    ended = sum(1 for _ in takewhile(lambda segment: segment.end < start, left))
    left_words, right_words = _places(left[ended:]), _places(right)
    last_of_left, first_of_right = _seam(left_words, right_words, start, end)
    before = _gather(left[ended:], left_words[: last_of_left + 1])
    after = _gather(right, right_words[first_of_right:])
    return [*left[:ended], *_in_order([*before, *after], left[ended - 1].end if ended else 0.0)]


def _seam(left: Sequence[_Place], right: Sequence[_Place], start: float, end: float) -> tuple[int, int]:
    """The index of the last word to keep on the left, and of the first on the right."""
    middle = (start + end) / 2
    anchors = [
        (round(abs(one.middle - other.middle), 1), abs(one.middle - middle), index, other_index)
        for index, one in enumerate(left)
        if one.word.end >= start
        for other_index, other in enumerate(right)
        if other.word.start <= end
        and one.said == other.said
        and abs(one.middle - other.middle) <= SAME_WORD_SECONDS
    ]
    if anchors:
        *_, last_of_left, anchor = min(anchors)
        return last_of_left, anchor + 1
    last_of_left = max((i for i, place in enumerate(left) if place.middle < middle), default=-1)
    reached = max(middle, left[last_of_left].word.end if last_of_left >= 0 else middle)
    first_of_right = next((i for i, place in enumerate(right) if place.middle >= reached), len(right))
    return last_of_left, first_of_right


def _places(segments: Sequence[Segment]) -> list[_Place]:
    return [
        _Place(number, index, word)
        for number, segment in enumerate(segments)
        for index, word in enumerate(segment.words or (_as_word(segment),))
    ]


def _as_word(segment: Segment) -> Word:
    return Word(start=segment.start, end=segment.end, text=segment.text, confidence=segment.confidence)


def _gather(segments: Sequence[Segment], kept: Sequence[_Place]) -> list[Segment]:
    """The segments with the kept words alone; those that lost none are left as they are."""
    gathered: list[Segment] = []
    for number, places in groupby(kept, key=lambda place: place.segment):
        segment, words = segments[number], tuple(place.word for place in places)
        is_whole = len(words) == len(segment.words or words)
        gathered.append(segment if is_whole else _reduced(segment, words))
    return gathered


def _reduced(segment: Segment, words: tuple[Word, ...]) -> Segment:
    """Some languages write no spaces between words: the segment's own text says which this is."""
    space = " " if " " in segment.text else ""
    return segment.model_copy(
        update={
            "start": words[0].start,
            "end": words[-1].end,
            "text": space.join(word.text for word in words),
            "words": words,
        }
    )


def _in_order(segments: Sequence[Segment], earliest: float) -> list[Segment]:
    """The two date the seam's words a little differently: no word may begin before the last one ended there.

    The right one's words yield, and each keeps some length.
    """
    spans, clock = [], earliest
    for segment in segments:
        start = max(segment.start, clock)
        clock = max(segment.end, start)
        spans.append(Span(start, clock))
    least_seconds = [SHORTEST_SECONDS * max(1, len(segment.words)) for segment in segments]
    spans = lengthened(spans, least_seconds, Span(earliest, clock))
    return [_fitted(segment, span) for segment, span in zip(segments, spans, strict=True)]


def _fitted(segment: Segment, bounds: Span) -> Segment:
    if (segment.start, segment.end) == (bounds.start, bounds.end):
        return segment
    words = tuple(
        word.model_copy(update={"start": round(span.start, 3), "end": round(span.end, 3)})
        for word, span in zip(segment.words, fitted(segment.words, bounds), strict=True)
    )
    times = {"start": round(bounds.start, 3), "end": round(bounds.end, 3)}
    return segment.model_copy(update={**times, "words": words})
