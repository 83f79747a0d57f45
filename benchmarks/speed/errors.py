"""Word errors of three ways to hear the same files, compared file by file.

The differences looked for are smaller than what chance makes of a few files: so many files are heard, and
the range in which the difference lies with 95 % is told beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from benchmarks.speed.contenders import Contender
from benchmarks.speed.recordings import Recording
from tools.fixture_model.scoring import normalised

DRAWS = 2000


@dataclass(frozen=True)
class WordErrors:
    """Substituted, left out and invented words, and how many were said."""

    errors: int
    words: int


def word_errors(said: str, heard: str) -> WordErrors:
    """Words are compared in lower case, without punctuation."""
    reference, hypothesis = normalised(said), normalised(heard)
    words = len(reference.split())
    if not hypothesis:
        return WordErrors(words, words)
    found = jiwer.process_words(reference, hypothesis)
    return WordErrors(found.substitutions + found.deletions + found.insertions, words)


def errors_of(contender: Contender, recordings: Sequence[Recording]) -> list[WordErrors]:
    """Those in each recording."""
    heard = contender.hear(recordings)
    return [word_errors(recording.text, text) for recording, text in zip(recordings, heard, strict=True)]


def pooled_percent(found: Sequence[WordErrors]) -> float:
    """The word error rate over all files together: long ones count for more."""
    return 100 * sum(one.errors for one in found) / sum(one.words for one in found)


def difference_points(ours: Sequence[WordErrors], theirs: Sequence[WordErrors]) -> float:
    """How many points of 100 ``ours`` is above ``theirs``."""
    return pooled_percent(ours) - pooled_percent(theirs)


def likely_range_points(
    ours: Sequence[WordErrors], theirs: Sequence[WordErrors], *, seed: int = 0
) -> tuple[float, float]:
    """Where the difference lies with 95 %: a bootstrap over files (Bisani and Ney 2004, ICASSP)."""
    random = np.random.default_rng(seed)
    above = np.array([one.errors - other.errors for one, other in zip(ours, theirs, strict=True)])
    words = np.array([one.words for one in ours])
    draws = random.integers(len(words), size=(DRAWS, len(words)))
    differences = 100 * above[draws].sum(axis=1) / words[draws].sum(axis=1)
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)
