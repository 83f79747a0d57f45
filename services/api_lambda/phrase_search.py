"""Finds a phrase in transcripts, by reading them one after the other.

There is no index: a call reads a bounded number of a user's newest transcripts, and its cursor goes on from
there. A phrase is found whatever its capitals and line breaks; not with other spelling, accents or forms
of its words.
"""

from __future__ import annotations

import bisect
import unicodedata
from dataclasses import dataclass

CONTEXT_CHARACTERS = 60


@dataclass(frozen=True)
class Finding:
    """A phrase in its context, and when the segment that it begins in begins."""

    start_ms: int
    excerpt: str


def folded(text: str) -> str:
    """The text as it is compared: one form of each character, no capitals, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_phrase(tsv: str, phrase: str, *, most: int) -> list[Finding]:
    """The first findings of a folded ``phrase`` in a ``transcript.tsv``; it may span segments."""
    starts_ms, offsets, texts = [], [], []
    length = 0
    for line in tsv.splitlines()[1:]:
        start_ms, _, rest = line.partition("\t")
        text = folded(rest.partition("\t")[2])
        if not text or not start_ms.isdecimal():
            continue
        starts_ms.append(int(start_ms))
        offsets.append(length)
        texts.append(text)
        length += len(text) + 1
    whole = " ".join(texts)
    findings: list[Finding] = []
    at = whole.find(phrase)
    while at >= 0 and len(findings) < most:
        segment = bisect.bisect_right(offsets, at) - 1
        excerpt = whole[max(0, at - CONTEXT_CHARACTERS) : at + len(phrase) + CONTEXT_CHARACTERS]
        findings.append(Finding(starts_ms[segment], excerpt.strip()))
        at = whole.find(phrase, at + len(phrase))
    return findings
