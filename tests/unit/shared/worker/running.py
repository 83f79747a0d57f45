"""A whole worker that runs beside a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.ports.clock import SystemClock
from shared.ports.queue import Delivery
from shared.ports.scale_in_protection import NoProtection
from shared.testing.clock import FakeClock
from shared.testing.metrics import RecordingMetrics
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import Fate, Hold
from shared.worker.loop import HAND_BACK_SECONDS, Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop
from tests.unit.shared.worker.conftest import settings

Handler = Callable[[Delivery, Hold], Fate]


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
