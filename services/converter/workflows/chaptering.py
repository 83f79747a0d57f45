"""Chapters of a recording, found in its transcript: cut where the speakers pause longest.

A pause lies between two segments of the transcript. The longest is cut at first, then the next longest that
leaves every chapter its least length, and so on. A chapter is called after the first words said in it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from itertools import pairwise

from shared.domain.audio_operations import ChapterRequest, format_time_ms
from shared.domain.transcript import Segment, Transcript

LEAST_PAUSE_SECONDS = 0.3
"""Shorter ones lie within a sentence."""

MOST_CHAPTERS = 200
TITLE_CHARACTERS = 60
TITLE_WORDS = 8


def chapters_of(transcript: Transcript, least_seconds: float) -> tuple[ChapterRequest, ...]:
    """The chapters in order, the first from the very beginning; none where nobody speaks."""
    spoken = [segment for segment in transcript.segments if segment.text.strip()]
    if not spoken:
        return ()
    starts = _starts(spoken, transcript.duration_seconds, least_seconds)
    return tuple(
        ChapterRequest(
            start=format_time_ms(round(start * 1000)),
            title=_title([s for s in spoken if s.start >= start], number),
        )
        for number, start in enumerate(starts, start=1)
    )


def chapters_document(chapters: Sequence[ChapterRequest], starts_ms: Sequence[int]) -> bytes:
    """``chapters.json`` of the podcast namespace, version 1.2.0.

    https://github.com/Podcastindex-org/podcast-namespace/blob/main/chapters/jsonChapters.md
    """
    listed = [
        {"startTime": start_ms / 1000, "title": chapter.title}
        for start_ms, chapter in zip(starts_ms, chapters, strict=True)
    ]
    return json.dumps({"version": "1.2.0", "chapters": listed}, ensure_ascii=False, indent=2).encode()


def _starts(spoken: Sequence[Segment], duration_seconds: float, least_seconds: float) -> list[float]:
    pauses = [
        (later.start - earlier.end, later.start)
        for earlier, later in pairwise(spoken)
        if later.start - earlier.end >= LEAST_PAUSE_SECONDS
    ]
    borders = [0.0, duration_seconds]
    for _, place in sorted(pauses, key=lambda pause: (-pause[0], pause[1])):
        if len(borders) > MOST_CHAPTERS:
            break
        if all(abs(place - border) >= least_seconds for border in borders):
            borders.append(place)
    return sorted(borders[:1] + borders[2:])


def _title(following: Sequence[Segment], number: int) -> str:
    words = " ".join(segment.text.strip() for segment in following[:3]).split()[:TITLE_WORDS]
    title = textwrap.shorten(" ".join(words), TITLE_CHARACTERS, placeholder="…").strip(" ,;:-–")
    return title or f"Chapter {number}"
