"""What the order to stop does to running work, and to what comes after it."""

from __future__ import annotations

import threading

from shared.ports.queue import Delivery
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import Done, Fate, Hold, Later
from tests.unit.shared.worker.running import working


def test_the_order_to_stop_lets_running_work_finish_and_takes_no_more(queue: InMemoryQueue) -> None:
    started, release = threading.Event(), threading.Event()
    seen: list[str] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        seen.append(delivery.body)
        started.set()
        assert release.wait(5)
        return Done()

    queue.send("first")
    with working(queue, handler) as (stop, thread):
        assert started.wait(5)
        stop.request()
        queue.send("second")
        release.set()
        thread.join(5)
        assert not thread.is_alive()
    assert seen == ["first"]
    assert queue.bodies == ["second"]


def test_after_the_drain_time_running_work_learns_that_it_must_be_handed_back(queue: InMemoryQueue) -> None:
    started = threading.Event()

    def handler(_delivery: Delivery, hold: Hold) -> Fate:
        started.set()
        wait_until(lambda: hold.stopping)
        return Later(0, "this worker ends")

    queue.send("long work")
    with working(queue, handler, drain_seconds=0.05) as (stop, thread):
        assert started.wait(5)
        stop.request()
        thread.join(5)
        assert not thread.is_alive()
    # The receive that was under way may hold the message for an instant before it hands it back too.
    wait_until(lambda: queue.receive(max_messages=1, wait_seconds=0, visibility_seconds=60))


def test_a_handler_that_never_looks_up_is_handed_back_over_its_head(clock: FakeClock) -> None:
    started, release = threading.Event(), threading.Event()
    released: list[str] = []
    queue = InMemoryQueue(clock)

    def handler(_delivery: Delivery, hold: Hold) -> Fate:
        hold.on_hand_back(lambda: released.append("lease"))
        started.set()
        assert release.wait(30)
        return Done()

    queue.send("a very long step")
    with working(queue, handler, drain_seconds=0.05, hand_back_seconds=0.05) as (stop, thread):
        assert started.wait(5)
        stop.request()
        thread.join(10)
        assert released == ["lease"]
        [delivery] = wait_until(lambda: queue.receive(max_messages=1, wait_seconds=0, visibility_seconds=60))
        release.set()
    assert delivery.receive_count >= 2
    assert queue.bodies == ["a very long step"], "what was handed back is not the old handler's to delete"


def test_what_a_poll_brings_after_the_order_to_stop_is_handed_back(clock: FakeClock) -> None:
    urgent, ordinary = InMemoryQueue(clock), InMemoryQueue(clock)
    seen: list[str] = []

    def handler(delivery: Delivery, _hold: Hold) -> Fate:
        seen.append(delivery.body)
        return Done()

    with working([urgent, ordinary], handler) as (stop, thread):
        stop.request()
        ordinary.send("late")
        thread.join(5)
        assert not thread.is_alive()
    assert seen == []
    assert ordinary.receive(max_messages=1, wait_seconds=0, visibility_seconds=60)
