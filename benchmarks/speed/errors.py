"""Word errors of three ways to hear the same files, compared minute by minute.

The differences looked for are smaller than what chance makes of a few files: so many minutes are heard, and
the range in which the difference lies with 95 % is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from benchmarks.speed.contenders import Contender
from benchmarks.speed.recordings import Recording
from tools.fixture_model.scoring import normalised

DRAWS = 4000
STRETCH_SECONDS = 60.0
"""Counted as one: errors come in bursts, which a minute holds and its neighbours know nothing of."""


@dataclass(frozen=True)
class WordErrors:
    """Words that became others, were left out, were invented; and how many were said."""

    substituted: int
    left_out: int
    invented: int
    words: int

    @property
    def errors(self) -> int:
        """All together."""
        return self.substituted + self.left_out + self.invented


def stretch_errors(recording: Recording, heard: str) -> list[WordErrors]:
    """Those in each minute of a recording, by the start of the sentence that they fall into.

    All of it is aligned at once (jiwer), without case and punctuation; an invented word counts where the
    word after it was said.
    """
    said = [
        (int(one.start_seconds // STRETCH_SECONDS), normalised(one.text).split()) for one in recording.said
    ]
    owners = [stretch for stretch, words in said for _ in words]
    found = {stretch: {"equal": 0, "substitute": 0, "delete": 0, "insert": 0} for stretch in owners}
    for kind, place in _aligned([word for _, words in said for word in words], normalised(heard).split()):
        found[owners[min(place, len(owners) - 1)]][kind] += 1
    return [
        WordErrors(
            counts["substitute"],
            counts["delete"],
            counts["insert"],
            counts["equal"] + counts["substitute"] + counts["delete"],
        )
        for counts in found.values()
    ]


def _aligned(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What became of each word (jiwer's kinds), with its place among those said."""
    if not heard:
        yield from (("delete", place) for place in range(len(said)))
        return
    for chunk in jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]:
        if chunk.type == "insert":
            yield from (
                (chunk.type, chunk.ref_start_idx) for _ in range(chunk.hyp_end_idx - chunk.hyp_start_idx)
            )
        else:
            yield from ((chunk.type, place) for place in range(chunk.ref_start_idx, chunk.ref_end_idx))


def errors_of(contender: Contender, recordings: Sequence[Recording]) -> list[WordErrors]:
    """Those in each minute of all recordings."""
    heard = contender.hear(recordings)
    return [
        stretch
        for recording, text in zip(recordings, heard, strict=True)
        for stretch in stretch_errors(recording, text)
    ]


def pooled_percent(found: Sequence[WordErrors]) -> float:
    """The word error rate over all of them together."""
    return 100 * sum(one.errors for one in found) / sum(one.words for one in found)


def difference_points(ours: Sequence[WordErrors], theirs: Sequence[WordErrors]) -> float:
    """How many points of 100 ``ours`` is above ``theirs``."""
    return pooled_percent(ours) - pooled_percent(theirs)


def likely_range_points(
    ours: Sequence[WordErrors], theirs: Sequence[WordErrors], *, seed: int = 0
) -> tuple[float, float]:
    """Where the difference lies with 95 %: a paired bootstrap (Bisani and Ney 2004, ICASSP)."""
    random = np.random.default_rng(seed)
    above = np.array([one.errors - other.errors for one, other in zip(ours, theirs, strict=True)])
    words = np.array([one.words for one in ours])
    draws = random.integers(len(words), size=(DRAWS, len(words)))
    differences = 100 * above[draws].sum(axis=1) / words[draws].sum(axis=1)
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)
