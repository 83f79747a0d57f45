import threading

import pytest

from shared.media.ahead import one_ahead

PATIENCE_SECONDS = 10


def test_the_next_item_is_made_while_this_one_is_used():
    second_is_made = threading.Event()

    def source():
        yield "first"
        second_is_made.set()
        yield "second"

    with one_ahead(source()) as items:
        assert next(items) == "first"
        assert second_is_made.wait(PATIENCE_SECONDS)
        assert list(items) == ["second"]


def test_no_more_than_one_is_made_before_it_is_asked_for():
    made = []

    def source():
        for number in range(5):
            made.append(number)
            yield number

    with one_ahead(source()) as items:
        assert next(items) == 0

    assert made == [0, 1], "the end of the block waits for what is being made, and that is all"


def test_what_the_source_raises_comes_after_what_it_gave():
    def source():
        yield 1
        raise ValueError("broken off")

    with one_ahead(source()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken off"):
            next(items)


def test_nobody_works_on_the_source_when_the_reader_failed():
    going_on = threading.Event()
    released = threading.Event()
    busy = []

    def source():
        yield 1
        busy.append(True)
        going_on.set()
        released.wait(PATIENCE_SECONDS)
        busy.clear()
        yield 2

    def read_and_fail():
        with one_ahead(source()) as items:
            next(items)
            going_on.wait(PATIENCE_SECONDS)
            released.set()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_and_fail()

    assert busy == []


def test_an_empty_source_gives_nothing():
    with one_ahead(iter(())) as items:
        assert list(items) == []
