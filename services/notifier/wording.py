"""How facts read in an e-mail. File names and transcripts are not ours: nothing in them may steer a mail.

What a sentence must not contain is decided by Unicode's categories: control characters (CR and LF would
forge mail headers), format characters such as the bidirectional overrides ("gpj.exe" shown as "exe.jpg"),
and halves of surrogate pairs, which have no UTF-8 form.
"""

from __future__ import annotations

import textwrap
import unicodedata
from datetime import datetime

ELLIPSIS = "…"

TEXT_COLUMNS = 72
"""Width of plain-text mail: it still fits in 80 columns when it is quoted a few times."""

# Joiners are format characters too, but emoji and several scripts fall apart without them.
_JOINERS = frozenset("\u200c\u200d")
_SPACE_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})
_DROPPED_CATEGORIES = frozenset({"Cf", "Cs"})


def one_line(text: str) -> str:
    """The text as one harmless line: controls and runs of white space become one space."""
    return " ".join("".join(_readable(character) for character in text).split())


def _readable(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACE_CATEGORIES:
        return " "
    if category in _DROPPED_CATEGORIES and character not in _JOINERS:
        return ""
    return character


def shortened_name(filename: str, most_characters: int) -> str:
    """A file name on one line; a long one loses its middle, so that its beginning and extension stay."""
    name = one_line(filename) or "unnamed file"
    if len(name) <= most_characters:
        return name
    tail_length = most_characters // 4
    head_length = most_characters - tail_length - len(ELLIPSIS)
    return name[:head_length].rstrip() + ELLIPSIS + name[-tail_length:].lstrip()


def excerpt(text: str, most_characters: int) -> str:
    """The beginning of a text on one line, cut between words where there are any."""
    line = one_line(text)
    if len(line) <= most_characters:
        return line
    cut = line[: most_characters - len(ELLIPSIS)]
    until_word = cut.rpartition(" ")[0]
    # Languages written without spaces have nothing to cut between.
    return (until_word if len(until_word) > most_characters // 2 else cut) + ELLIPSIS


def paragraph(text: str, indent: int = 0) -> str:
    """The text in lines of at most 72 columns, those after the first indented by ``indent`` spaces.

    An address is never broken: half a link leads nowhere.
    """
    return textwrap.fill(
        text,
        TEXT_COLUMNS,
        subsequent_indent=" " * indent,
        break_long_words="://" not in text,
        break_on_hyphens=False,
    )


def clock_duration(seconds: float) -> str:
    """``h:mm:ss``, to the nearest second."""
    minutes, whole_seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole_seconds:02d}"


def moment(time: datetime) -> str:
    """A UTC time in words, as in "Saturday, 21 November 2026, 12:30 UTC"."""
    return f"{time:%A}, {time.day} {time:%B %Y, %H:%M} UTC"
