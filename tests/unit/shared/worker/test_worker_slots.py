"""How much a worker takes at once, and what its heartbeats keep meanwhile."""

from __future__ import annotations

import threading

from shared.domain.errors import TransientError
from shared.ports.queue import Delivery
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import Done, Fate, Hold
from tests.unit.shared.worker.running import working


def test_no_more_messages_are_taken_than_there_are_slots(queue: InMemoryQueue) -> None:
    release = threading.Event()
    running: list[str] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        running.append(delivery.body)
        assert release.wait(5)
        return Done()

    for number in range(5):
        queue.send(str(number))
    with working(queue, handler, slots=2):
        wait_until(lambda: len(running) == 2)
        assert len(queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=0)) == 3
        release.set()
        wait_until(lambda: not queue.bodies)
    assert sorted(running) == list("01234")


def test_of_two_queues_at_rest_no_more_than_one_message_beyond_the_slots_is_taken(clock: FakeClock) -> None:
    release = threading.Event()
    running: list[str] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        running.append(delivery.body)
        assert release.wait(5)
        return Done()

    urgent, ordinary = InMemoryQueue(clock), InMemoryQueue(clock)
    with working([urgent, ordinary], handler, slots=2):
        for number in range(5):
            ordinary.send(str(number))
            urgent.send(str(number))
        wait_until(lambda: len(running) >= 2)
        visible = [
            q.receive(max_messages=10, wait_seconds=0, visibility_seconds=0) for q in (urgent, ordinary)
        ]
        assert len(visible[0]) + len(visible[1]) >= 7
        release.set()
        wait_until(lambda: not urgent.bodies + ordinary.bodies)


def test_visibility_is_extended_while_the_handler_works(clock: FakeClock) -> None:
    extended: list[int] = []

    class Counting(InMemoryQueue):
        def set_visibility(self, delivery: Delivery, seconds: int) -> None:
            extended.append(seconds)
            super().set_visibility(delivery, seconds)

    counting = Counting(clock)
    counting.send("long work")

    def handler(_delivery: Delivery, _hold: Hold) -> Fate:
        wait_until(lambda: len(extended) >= 3)
        return Done()

    with working(counting, handler):
        wait_until(lambda: not counting.bodies)
    assert set(extended) == {60}


def test_a_failing_beat_does_not_stop_the_next(queue: InMemoryQueue) -> None:
    beats: list[int] = []

    def beat() -> None:
        beats.append(len(beats))
        if len(beats) < 3:
            raise TransientError("the table is away")

    def handler(_delivery: Delivery, hold: Hold) -> Fate:
        hold.on_beat(beat)
        wait_until(lambda: len(beats) >= 4)
        return Done()

    queue.send("work")
    with working(queue, handler):
        wait_until(lambda: not queue.bodies)
