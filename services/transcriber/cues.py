"""A transcript cut into subtitles that fit on a screen: two lines of 42 characters.

The size is that of Netflix's timed text guide and of most broadcasters' (EBU-TT-D recommends no more).
A segment that fits is one cue with its own times; a longer one is cut between words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.transcript import Segment

LINE_CHARACTERS = 42
LINES = 2
SHORTEST_MS = 1
"""WebVTT wants every cue to end after it starts."""


@dataclass(frozen=True)
class Cue:
    """One subtitle: milliseconds from the file's start, lines of plain text."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """A word, or a part of one too long for a line. ``spaced``: a space stands before it."""

    text: str
    start: float
    end: float
    spaced: bool


def cut_into_cues(segments: Sequence[Segment]) -> Iterator[Cue]:
    """The cues of a transcript, in order; segments without text give none."""
    for segment in segments:
        lines = _wrap(_words_of(segment))
        groups = [lines[first : first + LINES] for first in range(0, len(lines), LINES)]
        for index, group in enumerate(groups):
            start = segment.start if index == 0 else group[0][0].start
            end = segment.end if index == len(groups) - 1 else group[-1][-1].end
            start_ms = round(start * 1000)
            yield Cue(
                start_ms=start_ms,
                end_ms=max(round(end * 1000), start_ms + SHORTEST_MS),
                lines=tuple(_text_of(line) for line in group),
            )


def _words_of(segment: Segment) -> list[_Piece]:
    """The segment's words with their times, or its text with its time spread over the characters.

    The text, not the words, says where spaces stand: Chinese and Japanese have none.
    """
    pieces: list[_Piece] = []
    position = 0
    for word in segment.words:
        found = segment.text.find(word.text, position)
        if found < 0 or segment.text[position:found].strip():
            return _spread(segment)
        pieces.append(_Piece(word.text, word.start, word.end, spaced=found > position))
        position = found + len(word.text)
    return pieces if pieces and not segment.text[position:].strip() else _spread(segment)


def _spread(segment: Segment) -> list[_Piece]:
    text = segment.text
    seconds_per_character = (segment.end - segment.start) / max(1, len(text))
    pieces: list[_Piece] = []
    position = 0
    for word in text.split():
        found = text.index(word, position)
        start = segment.start + found * seconds_per_character
        position = found + len(word)
        pieces.append(
            _Piece(word, start, segment.start + position * seconds_per_character, spaced=bool(pieces))
        )
    return pieces


def _wrap(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    lines: list[list[_Piece]] = []
    width = 0
    for piece in (part for whole in pieces for part in _chopped(whole)):
        needed = len(piece.text) + (1 if piece.spaced else 0)
        if not lines or width + needed > LINE_CHARACTERS:
            lines.append([])
            width, needed = 0, len(piece.text)
        lines[-1].append(piece)
        width += needed
    return lines


def _chopped(piece: _Piece) -> Iterator[_Piece]:
    if len(piece.text) <= LINE_CHARACTERS:
        yield piece
        return
    step = (piece.end - piece.start) / len(piece.text)
    for first in range(0, len(piece.text), LINE_CHARACTERS):
        text = piece.text[first : first + LINE_CHARACTERS]
        start = piece.start + first * step
        yield _Piece(text, start, start + len(text) * step, spaced=piece.spaced and first == 0)


def _text_of(line: Sequence[_Piece]) -> str:
    return "".join((" " if piece.spaced else "") + piece.text for piece in line).strip()
