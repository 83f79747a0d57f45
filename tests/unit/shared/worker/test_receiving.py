"""Which queue a worker's next messages come from: urgent ones first, and the others not never."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ports.queue import Delivery, MessageQueue
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.receiving import MOST_PASSED_OVER, receiving_from
from tests.unit.shared.worker.conftest import settings

URGENT, ORDINARY = "urgent", "ordinary"


class Line(InMemoryQueue):
    """A queue whose long polls last until ``closed`` or a message, as on AWS; it counts what it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(FakeClock())
        self.name = name
        self.closed = threading.Event()
        self.asked: list[tuple[int, int]] = []
        self.out = 0

    def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
        self.asked.append((max_messages, wait_seconds))
        self.out += 1
        try:
            while True:
                got = super().receive(
                    max_messages=max_messages,
                    wait_seconds=wait_seconds,
                    visibility_seconds=visibility_seconds,
                )
                if got or wait_seconds == 0 or self.closed.is_set():
                    return got
        finally:
            self.out -= 1

    def fill(self, count: int) -> None:
        for number in range(count):
            self.send(f"{self.name} {number}")


class Desk:
    """Two queues, and what a worker took from them in which order."""

    def __init__(self) -> None:
        self.urgent, self.ordinary = Line(URGENT), Line(ORDINARY)
        self.taken: list[str] = []
        self.receiving = receiving_from(
            (self.urgent, self.ordinary),
            settings=settings(receive_wait_seconds=20),
            take=self._take,
            pause=lambda _seconds: False,
        )

    def _take(self, queue: MessageQueue, delivery: Delivery) -> None:
        assert isinstance(queue, Line)
        self.taken.append(queue.name)
        queue.delete(delivery)

    def turn(self, free: int = 1) -> list[str]:
        """What one turn took; only where something waits, or it would wait too."""
        before = len(self.taken)
        self.receiving.take_turn(free)
        return self.taken[before:]

    def turn_beside(self, free: int = 1) -> threading.Thread:
        """A turn that may wait, in a thread of its own."""
        thread = threading.Thread(target=self.receiving.take_turn, args=(free,))
        thread.start()
        return thread

    def end(self) -> None:
        self.urgent.closed.set()
        self.ordinary.closed.set()
        self.receiving.finish()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.end()


def test_urgent_messages_go_first(desk: Desk) -> None:
    desk.ordinary.fill(3)
    desk.urgent.fill(1)
    assert [desk.turn() for _ in range(4)] == [[URGENT], [ORDINARY], [ORDINARY], [ORDINARY]]


def test_slots_that_urgent_messages_leave_free_are_filled_in_the_same_turn(desk: Desk) -> None:
    desk.ordinary.fill(5)
    desk.urgent.fill(2)
    assert desk.turn(free=4) == [URGENT, URGENT, ORDINARY, ORDINARY]


def test_under_a_flood_of_urgent_messages_every_fifth_turn_is_an_ordinary_one(desk: Desk) -> None:
    desk.ordinary.fill(3)
    desk.urgent.fill(20)
    taken = [desk.turn() for _ in range(15)]
    assert taken == ([[URGENT]] * MOST_PASSED_OVER + [[ORDINARY]]) * 3


@given(
    free=st.lists(st.integers(1, 12), min_size=10, max_size=40),
    ordinary=st.integers(1, 30),
)
def test_ordinary_messages_get_a_fifth_of_the_turns_however_many_slots_are_free(
    free: list[int], ordinary: int
) -> None:
    desk = Desk()
    desk.urgent.fill(12 * len(free))
    desk.ordinary.fill(ordinary)
    turns = [desk.turn(free=slots) for slots in free]
    for first in range(len(turns) - MOST_PASSED_OVER):
        left = ordinary - sum(turn.count(ORDINARY) for turn in turns[:first])
        if left:
            assert any(ORDINARY in turn for turn in turns[first : first + MOST_PASSED_OVER + 1])


@given(free=st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_without_urgent_messages_ordinary_ones_get_every_slot(free: list[int]) -> None:
    desk = Desk()
    desk.ordinary.fill(sum(free))
    assert [len(desk.turn(free=slots)) for slots in free] == [min(slots, 10) for slots in free]


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_an_urgent_message_waits_for_no_more_than_the_slot_that_frees_next(arrives: list[bool]) -> None:
    """In each round one slot frees; only after four urgent ones in a row it is an ordinary one's."""
    desk = Desk()
    desk.ordinary.fill(len(arrives))
    urgent_in_a_row = 0
    for one_comes in arrives:
        desk.urgent.fill(one_comes)
        waits = bool(desk.urgent.bodies)
        [taken] = desk.turn()
        if waits and urgent_in_a_row < MOST_PASSED_OVER:
            assert taken == URGENT
        urgent_in_a_row = urgent_in_a_row + 1 if taken == URGENT else 0


def test_at_rest_both_queues_are_polled_at_once_for_one_message_each(desk: Desk) -> None:
    turn = desk.turn_beside(free=8)
    wait_until(lambda: desk.urgent.out == desk.ordinary.out == 1)
    assert desk.urgent.asked[-1] == desk.ordinary.asked[-1] == (1, 20)
    desk.ordinary.send("work")
    turn.join(5)
    assert desk.taken == [ORDINARY]


def test_a_poll_that_is_out_is_the_only_one_of_its_queue(desk: Desk) -> None:
    turn = desk.turn_beside()
    wait_until(lambda: desk.urgent.out == desk.ordinary.out == 1)
    desk.ordinary.fill(3)
    turn.join(5)
    asked = len(desk.urgent.asked)

    desk.turn()
    desk.turn()

    assert desk.taken == [ORDINARY] * 3
    assert len(desk.urgent.asked) == asked, "its poll is still out"
    desk.urgent.send("now")
    wait_until(lambda: URGENT in desk.taken)


def test_what_a_poll_that_was_left_out_brings_is_taken_although_nobody_waits_for_it(desk: Desk) -> None:
    turn = desk.turn_beside()
    wait_until(lambda: desk.urgent.out == desk.ordinary.out == 1)
    desk.urgent.send("first")
    turn.join(5)
    desk.ordinary.send("second")  # the slot is taken: no turn asks
    wait_until(lambda: desk.taken == [URGENT, ORDINARY])


def test_at_rest_no_short_poll_comes_between_long_ones(desk: Desk) -> None:
    desk.urgent.closed.set()  # long polls end without a message
    desk.ordinary.closed.set()
    for _ in range(3):
        desk.turn()
    desk.receiving.finish()
    short = [wait for _most, wait in desk.urgent.asked + desk.ordinary.asked if wait == 0]
    assert len(short) == 2, "one of each queue, before the first rest"


def test_one_queue_is_polled_for_as_many_messages_as_there_are_free_slots() -> None:
    line, taken = Line("only"), []
    receiving = receiving_from(
        [line],
        settings=settings(receive_wait_seconds=20),
        take=lambda _queue, delivery: taken.append(delivery),
        pause=lambda _seconds: False,
    )
    line.fill(15)
    receiving.take_turn(3)
    receiving.take_turn(12)
    assert line.asked == [(3, 20), (10, 20)]
    assert len(taken) == 13


def test_the_end_waits_for_polls_that_are_out() -> None:
    desk = Desk()
    turn = desk.turn_beside()
    wait_until(lambda: desk.urgent.out == desk.ordinary.out == 1)
    desk.urgent.send("work")
    turn.join(5)
    ended = threading.Thread(target=desk.receiving.finish)
    ended.start()
    desk.ordinary.send("late")
    ended.join(5)
    assert not ended.is_alive()
    assert desk.taken == [URGENT, ORDINARY]
