"""What becomes of a message in its queue, whatever its handler says or does."""

from __future__ import annotations

import threading

from shared.domain.errors import TransientError
from shared.ports.queue import Delivery
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later, LeftAlone
from tests.unit.shared.worker.running import time_passes_until, working


def test_a_message_that_is_done_is_deleted(queue: InMemoryQueue) -> None:
    queue.send("work")
    with working(queue, lambda _delivery, _hold: Done()):
        wait_until(lambda: not queue.bodies)


def test_a_message_put_back_is_hidden_for_its_time_and_comes_again(
    queue: InMemoryQueue, clock: FakeClock
) -> None:
    seen: list[int] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        seen.append(delivery.receive_count)
        return Later(30, "not yet") if len(seen) == 1 else Done()

    queue.send("work")
    with working(queue, handler) as (stop, _thread):
        wait_until(lambda: seen == [1])
        time_passes_until(clock, lambda: not queue.bodies)
        assert not stop.requested
    assert seen == [1, 2]


def test_a_dead_letter_leaves_the_queue_with_its_reason(queue: InMemoryQueue) -> None:
    queue.send("junk")
    with working(queue, lambda _delivery, _hold: DeadLetter("no such job")):
        wait_until(lambda: queue.dead_letters)
    assert queue.bodies == []
    assert queue.dead_letters[0].reason == "no such job"


def test_a_message_left_alone_stays_in_the_queue(queue: InMemoryQueue) -> None:
    handled = threading.Event()

    def handler(_delivery: Delivery, _hold: Hold) -> Fate:
        handled.set()
        return LeftAlone()

    queue.send("work")
    with working(queue, handler):
        assert handled.wait(5)
    assert queue.bodies == ["work"]


def test_a_handler_that_breaks_loses_nothing_and_stops_nobody(queue: InMemoryQueue, clock: FakeClock) -> None:
    seen: list[str] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        seen.append(delivery.body)
        if delivery.receive_count == 1:
            raise RuntimeError("a bug")
        return Done()

    queue.send("work")
    with working(queue, handler):
        wait_until(lambda: len(seen) == 1)
        time_passes_until(clock, lambda: not queue.bodies)
    assert seen == ["work", "work"]


def test_a_fate_that_cannot_be_carried_out_leaves_the_message_to_come_again(clock: FakeClock) -> None:
    handled = threading.Semaphore(0)

    class Undeletable(InMemoryQueue):
        def delete(self, delivery: Delivery) -> None:
            handled.release()
            raise TransientError("connection reset")

    queue = Undeletable(clock)
    queue.send("work")
    with working(queue, lambda _delivery, _hold: Done()):
        assert handled.acquire(timeout=5)
        time_passes_until(clock, lambda: handled.acquire(blocking=False))
    assert queue.bodies == ["work"]


def test_every_message_ends_in_the_queue_that_it_came_from(clock: FakeClock) -> None:
    """Whatever becomes of it: another queue would know neither its receipt nor its dead letters."""
    urgent, ordinary = InMemoryQueue(clock), InMemoryQueue(clock)
    fates = {"done": Done(), "junk": DeadLetter("no such job"), "later": Later(600, "not yet")}
    for name, queue in (("urgent", urgent), ("ordinary", ordinary)):
        for fate in fates:
            queue.send(f"{name} {fate}")

    with working([urgent, ordinary], lambda delivery, _hold: fates[delivery.body.split()[1]]):
        wait_until(lambda: urgent.bodies == ["urgent later"] and ordinary.bodies == ["ordinary later"])

    assert [letter.body for letter in urgent.dead_letters] == ["urgent junk"]
    assert [letter.body for letter in ordinary.dead_letters] == ["ordinary junk"]
