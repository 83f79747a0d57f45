"""Word errors are counted minute by minute, and their difference comes with the range that chance allows."""

from __future__ import annotations

import pytest

from benchmarks.speed.errors import (
    WordErrors,
    difference_points,
    likely_range_points,
    pooled_percent,
    stretch_errors,
)
from benchmarks.speed.recordings import Recording, Said


def recorded(*said: Said) -> Recording:
    return Recording("a.flac", "en", b"", 300.0, said)


def errors(count: int, words: int) -> WordErrors:
    return WordErrors(count, 0, 0, words)


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("Send the package, today!", WordErrors(0, 0, 0, 4)),
        ("send a package today", WordErrors(1, 0, 0, 4)),
        ("send package today", WordErrors(0, 1, 0, 4)),
        ("please send the package today", WordErrors(0, 0, 1, 4)),
        ("send the package today now", WordErrors(0, 0, 1, 4)),
        ("", WordErrors(0, 4, 0, 4)),
    ],
)
def test_words_are_compared_without_case_and_punctuation(heard: str, found: WordErrors) -> None:
    assert stretch_errors(recorded(Said(0.0, "Send the package today.")), heard) == [found]


def test_errors_count_in_the_minute_in_which_their_sentence_begins() -> None:
    recording = recorded(Said(0.0, "One two."), Said(59.0, "Three four five."), Said(60.0, "Six seven."))

    assert stretch_errors(recording, "one three four fine six seven eight") == [
        WordErrors(1, 1, 0, 5),
        WordErrors(0, 0, 1, 2),
    ]


def test_a_minute_in_which_no_sentence_begins_is_none() -> None:
    recording = recorded(Said(0.0, "One two."), Said(130.0, "Three four."))

    assert stretch_errors(recording, "") == [WordErrors(0, 2, 0, 2), WordErrors(0, 2, 0, 2)]


def test_long_stretches_count_for_more() -> None:
    assert pooled_percent([WordErrors(1, 1, 1, 10), errors(0, 90)]) == 3.0


def test_the_difference_is_in_points_of_a_hundred() -> None:
    assert difference_points([errors(3, 100)], [errors(1, 100)]) == 2.0


def test_the_range_holds_the_difference_and_narrows_with_the_number_of_stretches() -> None:
    few = ([errors(3, 100), errors(1, 100)], [errors(1, 100), errors(1, 100)])
    many = ([*few[0] * 50], [*few[1] * 50])
    for ours, theirs in (few, many):
        low, high = likely_range_points(ours, theirs)
        assert low <= difference_points(ours, theirs) <= high
    assert likely_range_points(*many)[1] - likely_range_points(*many)[0] < 0.5
    assert likely_range_points(*few) == (0.0, 2.0)
