"""A queue that fails is asked again until it answers, and keeps no other waiting meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from shared.domain.errors import TransientError
from shared.ports.queue import Delivery, MessageQueue
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import Done, Fate, Hold
from shared.worker.receiving import MOST_REST_SECONDS, Receiving, receiving_from
from tests.unit.shared.worker.conftest import settings
from tests.unit.shared.worker.running import working


class Away(InMemoryQueue):
    """A queue that refuses so many receives; ``hanging`` holds each up until it is set."""

    def __init__(self, refusals: float, hanging: threading.Event | None = None) -> None:
        super().__init__(FakeClock())
        self.refusals = refusals
        self.hanging = hanging
        self.asked_by: list[str] = []

    def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
        self.asked_by.append(threading.current_thread().name)
        if self.hanging is not None and len(self.asked_by) > 1:
            assert self.hanging.wait(10)
        if self.refusals > 0:
            self.refusals -= 1
            raise TransientError("connection refused")
        return super().receive(
            max_messages=max_messages, wait_seconds=wait_seconds, visibility_seconds=visibility_seconds
        )


class Resting:
    """Rests that last until a test ends them, and how long each was to be."""

    def __init__(self) -> None:
        self.asked_seconds: list[float] = []
        self.over = threading.Semaphore(0)
        self.stopped = False

    def __call__(self, seconds: float) -> bool:
        self.asked_seconds.append(seconds)
        assert self.over.acquire(timeout=10)
        return self.stopped

    def stop(self) -> None:
        self.stopped = True
        self.over.release(100)


@pytest.fixture
def resting() -> Iterator[Resting]:
    resting = Resting()
    yield resting
    resting.stop()


def receiving(queues: list[InMemoryQueue], resting: Resting, taken: list[str]) -> Receiving:
    def take(queue: MessageQueue, delivery: Delivery) -> None:
        taken.append(delivery.body)
        queue.delete(delivery)

    return receiving_from(queues, settings=settings(receive_wait_seconds=1), take=take, pause=resting)


def other(*bodies: str) -> InMemoryQueue:
    queue = InMemoryQueue(FakeClock())
    for body in bodies:
        queue.send(body)
    return queue


def test_the_only_queue_is_asked_again_until_it_answers() -> None:
    queue = Away(refusals=1)
    queue.send("work")
    with working(queue, lambda _delivery, _hold: Done()):
        wait_until(lambda: not queue.bodies)


@pytest.mark.parametrize("failing", [0, 1])
def test_while_one_queue_rests_the_other_is_asked_without_a_pause(failing: int, resting: Resting) -> None:
    away, taken = Away(refusals=float("inf")), list[str]()
    queues = [other(*"abcdef")]
    queues.insert(failing, away)
    desk = receiving(queues, resting, taken)
    while len(taken) < 6:
        desk.take_turn(1)
    wait_until(lambda: len(resting.asked_seconds) == 1)
    assert len(away.asked_by) == 1, "it rests, and its turn of five was the other's"


def test_a_queue_that_failed_is_asked_by_a_thread_of_its_own_until_it_answers(resting: Resting) -> None:
    """A receive whose every try times out takes minutes: only the first may take them from the others."""
    hanging = threading.Event()
    away, taken = Away(refusals=2, hanging=hanging), list[str]()
    away.send("late")
    desk = receiving([away, other(*"abc")], resting, taken)
    desk.take_turn(1)
    resting.over.release()
    wait_until(lambda: len(away.asked_by) == 2)
    while len(taken) < 3:
        desk.take_turn(1)
    assert taken == ["a", "b", "c"]
    hanging.set()
    resting.over.release()
    wait_until(lambda: taken == ["a", "b", "c", "late"])
    assert away.asked_by[1:] == ["poll", "poll"]


def test_each_queue_rests_for_its_own_failures_and_one_that_answered_begins_anew(resting: Resting) -> None:
    queue, taken = Away(refusals=2), list[str]()
    desk = receiving([queue], resting, taken)
    resting.over.release(100)
    for _ in range(3):
        desk.take_turn(1)
    assert len(resting.asked_seconds) == 2
    queue.refusals = 1
    desk.take_turn(1)
    first_ceiling = 1.0
    assert len(resting.asked_seconds) == 3
    assert resting.asked_seconds[2] <= first_ceiling


def test_no_rest_is_longer_than_half_a_minute(resting: Resting) -> None:
    resting.over.release(100)
    desk = receiving([Away(refusals=50)], resting, [])
    for _ in range(50):
        desk.take_turn(1)
    assert max(resting.asked_seconds) <= MOST_REST_SECONDS
    assert any(before != after for before, after in pairwise(resting.asked_seconds)), "drawn by lot"


def test_where_all_queues_rest_the_turn_ends_so_that_the_worker_gives_a_sign_of_life(
    resting: Resting,
) -> None:
    desk = receiving([Away(refusals=9), Away(refusals=9)], resting, [])
    for _ in range(2):
        desk.take_turn(1)
    assert len(resting.asked_seconds) == 2


def test_the_order_to_stop_ends_a_rest(resting: Resting) -> None:
    desk = receiving([Away(refusals=float("inf")), other("work")], resting, [])
    desk.take_turn(1)
    resting.stop()
    ended = threading.Thread(target=desk.finish)
    ended.start()
    ended.join(5)
    assert not ended.is_alive()


def test_a_worker_does_all_that_one_queue_gives_while_the_other_is_away() -> None:
    away, ordinary, done = Away(refusals=float("inf")), other(*map(str, range(30))), list[str]()

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        done.append(delivery.body)
        return Done()

    with working([away, ordinary], handler, slots=2):
        wait_until(lambda: not ordinary.bodies)
    assert sorted(done, key=int) == [str(number) for number in range(30)]
