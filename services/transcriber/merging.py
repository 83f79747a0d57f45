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
    before = [*left[:ended], *_gather(left[ended:], left_words[: last_of_left + 1])]
    after = _gather(right, right_words[first_of_right:])
    clock = before[-1].end if before else 0.0
    for index, segment in enumerate(after):
        if segment.start >= clock:
            break
        after[index] = _not_before(segment, clock)
        clock = after[index].end
    return [*before, *after]


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


def _not_before(segment: Segment, earliest: float) -> Segment:
    """The two date the seam's words a little differently: time must not run backwards there."""
    words = tuple(
        word.model_copy(update={"start": max(word.start, earliest), "end": max(word.end, earliest)})
        for word in segment.words
    )
    start, end = max(segment.start, earliest), max(segment.end, earliest)
    return segment.model_copy(update={"start": start, "end": end, "words": words})
