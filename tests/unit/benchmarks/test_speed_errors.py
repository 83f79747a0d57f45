"""Word errors are pooled over files, and their difference comes with the range that chance allows."""

from __future__ import annotations

import pytest

from benchmarks.speed.errors import (
    WordErrors,
    difference_points,
    likely_range_points,
    pooled_percent,
    word_errors,
)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [
        ("Send the package, today!", 0),
        ("send a package today", 1),
        ("send package today", 1),
        ("send the package to day", 2),
        ("", 4),
    ],
)
def test_words_are_compared_without_case_and_punctuation(heard: str, errors: int) -> None:
    assert word_errors("Send the package today.", heard) == WordErrors(errors, 4)


def test_long_files_count_for_more() -> None:
    assert pooled_percent([WordErrors(1, 10), WordErrors(0, 90)]) == 1.0


def test_the_difference_is_in_points_of_a_hundred() -> None:
    ours, theirs = [WordErrors(3, 100)], [WordErrors(1, 100)]
    assert difference_points(ours, theirs) == 2.0


def test_the_range_holds_the_difference_and_narrows_with_the_number_of_files() -> None:
    few = ([WordErrors(3, 100), WordErrors(1, 100)], [WordErrors(1, 100), WordErrors(1, 100)])
    many = ([*few[0] * 50], [*few[1] * 50])
    for ours, theirs in (few, many):
        low, high = likely_range_points(ours, theirs)
        assert low <= difference_points(ours, theirs) <= high
    assert likely_range_points(*many)[1] - likely_range_points(*many)[0] < 0.5
    assert likely_range_points(*few) == (0.0, 2.0)
