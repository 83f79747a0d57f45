"""The loop around the handlers: slots, fates, heartbeats, failures of the queue, the order to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from shared.domain.errors import TransientError
from shared.ports.clock import SystemClock
from shared.ports.queue import Delivery
from shared.ports.scale_in_protection import NoProtection
from shared.testing.clock import FakeClock
from shared.testing.metrics import RecordingMetrics
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later, LeftAlone
from shared.worker.loop import HAND_BACK_SECONDS, Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop
from tests.unit.shared.worker.conftest import settings

Handler = Callable[[Delivery, Hold], Fate]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> InMemoryQueue:
    return InMemoryQueue(clock)


@contextmanager
def working(
    queues: InMemoryQueue | Sequence[InMemoryQueue],
    handler: Handler,
    *,
    slots: int = 1,
    drain_seconds: float = 2,
    hand_back_seconds: float = HAND_BACK_SECONDS,
) -> Iterator[tuple[Stop, threading.Thread]]:
    """A worker in a thread of its own; stopped and joined at the end."""
    stop = Stop(drain_seconds=drain_seconds, clock=SystemClock())
    worker = Worker(
        queues=[queues] if isinstance(queues, InMemoryQueue) else queues,
        handler=handler,
        slots=slots,
        settings=settings(),
        metrics=RecordingMetrics(),
        stop=stop,
        protection=ProtectionKeeper(NoProtection()),
        hand_back_seconds=hand_back_seconds,
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield stop, thread
    finally:
        stop.request()
        thread.join(10)
        assert not thread.is_alive()


def time_passes_until(clock: FakeClock, condition: Callable[[], object]) -> None:
    """Half a minute passes between any two looks, as often as it takes."""

    def look() -> object:
        clock.advance(30)
        return condition()

    wait_until(look)


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


def test_a_queue_that_is_away_is_asked_again_until_it_answers(clock: FakeClock) -> None:
    class Away(InMemoryQueue):
        refusals = 1

        def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
            if self.refusals:
                self.refusals -= 1
                raise TransientError("connection refused")
            return super().receive(
                max_messages=max_messages, wait_seconds=wait_seconds, visibility_seconds=visibility_seconds
            )

    queue = Away(clock)
    queue.send("work")
    with working(queue, lambda _delivery, _hold: Done()):
        wait_until(lambda: not queue.bodies)


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
