"""Gives every word and segment a length: no player can show a word that ends as it starts.

Whisper's alignment puts a word of which it found no trace on the border between its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from services.transcriber.engine import HeardSegment, Span

SHORTEST_SECONDS = 0.02
"""One step of Whisper's own clock, so that no word that it did measure is moved for its own sake."""


class Stretch(Protocol):
    """Whatever has a start and an end, in seconds."""

    @property
    def start(self) -> float:
        """Where it begins."""
        ...

    @property
    def end(self) -> float:
        """Where it ends."""
        ...


def with_length(segments: Sequence[HeardSegment], duration_seconds: float) -> list[HeardSegment]:
    """The segments, each of some length and each of its words, in order and within ``duration_seconds``.

    Takes what :func:`~services.transcriber.guards.in_order` gives.
    """
    spans = lengthened(
        [Span(segment.start, segment.end) for segment in segments],
        [SHORTEST_SECONDS * max(1, len(segment.words)) for segment in segments],
        Span(0.0, duration_seconds),
    )
    return [_with_words_in(segment, span) for segment, span in zip(segments, spans, strict=True)]


def lengthened(spans: Sequence[Span], least_seconds: Sequence[float], bounds: Span) -> list[Span]:
    """The spans, each at least as long as its ``least_seconds``, in order and within ``bounds``.

    The spans must be in order and within bounds already. One that is too short takes from the gap after
    it, then from the beginning of what follows; at the bounds' end from what precedes. Where the bounds
    have no room for all, all are shorter in proportion.
    """
    if not spans:
        return []
    scale = min(1.0, (bounds.end - bounds.start) / sum(least_seconds))
    pushed: list[Span] = []
    earliest = bounds.start
    for span, least in zip(spans, least_seconds, strict=True):
        start = max(span.start, earliest)
        earliest = max(span.end, start + least * scale)
        pushed.append(Span(start, earliest))
    latest = bounds.end
    for index in reversed(range(len(pushed))):
        end = min(pushed[index].end, latest)
        latest = max(bounds.start, min(pushed[index].start, end - least_seconds[index] * scale))
        pushed[index] = Span(latest, end)
    return pushed


def fitted(spans: Sequence[Stretch], bounds: Span) -> list[Span]:
    """The spans, which must be in order, each of some length and all within ``bounds``."""
    inside = [
        Span(min(max(span.start, bounds.start), bounds.end), min(max(span.end, bounds.start), bounds.end))
        for span in spans
    ]
    return lengthened(inside, [SHORTEST_SECONDS] * len(inside), bounds)


def _with_words_in(segment: HeardSegment, bounds: Span) -> HeardSegment:
    spans = fitted(segment.words, bounds)
    words = tuple(
        replace(word, start=span.start, end=span.end) for word, span in zip(segment.words, spans, strict=True)
    )
    return replace(segment, start=bounds.start, end=bounds.end, words=words)
