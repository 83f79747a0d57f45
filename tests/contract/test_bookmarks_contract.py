"""Bookmarks: where a walk stands, and that of two walkers one goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.ports.bookmarks import Bookmark
from shared.testing.clock import START


@pytest.fixture
def bookmarks(backend):
    return backend.bookmarks()


def test_a_new_walk_stands_at_its_beginning(bookmarks):
    assert bookmarks.get("walk") == Bookmark(cursor=None, round_began_at=None, moves=0)


def test_a_bookmark_is_found_where_it_was_put(bookmarks):
    moved = bookmarks.move("walk", seen=bookmarks.get("walk"), cursor="a/b", round_began_at=START)
    assert moved == Bookmark(cursor="a/b", round_began_at=START, moves=1)
    assert bookmarks.get("walk") == moved


def test_a_walk_that_came_to_its_end_begins_anew(bookmarks):
    later = START + timedelta(hours=1)
    place = bookmarks.move("walk", seen=bookmarks.get("walk"), cursor="a/b", round_began_at=START)
    place = bookmarks.move("walk", seen=place, cursor=None, round_began_at=later)
    assert place == Bookmark(cursor=None, round_began_at=later, moves=2)
    assert bookmarks.get("walk") == place


def test_walks_do_not_hinder_each_other(bookmarks):
    bookmarks.move("one", seen=Bookmark(), cursor="a", round_began_at=START)
    assert bookmarks.get("other") == Bookmark()
    assert bookmarks.move("other", seen=Bookmark(), cursor="b", round_began_at=START)


def test_who_saw_an_earlier_place_moves_nothing(bookmarks):
    first = bookmarks.move("walk", seen=Bookmark(), cursor="a", round_began_at=START)
    second = bookmarks.move("walk", seen=first, cursor="b", round_began_at=START)
    assert bookmarks.move("walk", seen=first, cursor="c", round_began_at=START) is None
    assert bookmarks.move("walk", seen=Bookmark(), cursor="c", round_began_at=START) is None
    assert bookmarks.get("walk") == second


@pytest.mark.parametrize("moves_before", [0, 1])
def test_of_twenty_that_saw_one_place_exactly_one_goes_on(concurrent_backend, moves_before):
    bookmarks = concurrent_backend.bookmarks()
    for number in range(moves_before):
        bookmarks.move("walk", seen=bookmarks.get("walk"), cursor=str(number), round_began_at=START)
    seen = bookmarks.get("walk")

    def go_on(number):
        return bookmarks.move("walk", seen=seen, cursor=f"cursor-{number}", round_began_at=START)

    with ThreadPoolExecutor(20) as threads:
        moved = [place for place in threads.map(go_on, range(20)) if place is not None]
    assert moved == [bookmarks.get("walk")]
