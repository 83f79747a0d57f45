"""The order to stop, as one object that signal handlers set and every loop watches.

::

    SIGTERM ──▶ requested: receive nothing more, running work goes on
                   │ drain_seconds
                   ▼
                expired: running work is handed back at its next progress report
                   │ HAND_BACK_SECONDS
                   ▼
                what still runs is handed back over its handler's head, and the process ends
"""

from __future__ import annotations

import queue
import signal
import threading
from types import FrameType

from shared.ports.clock import Clock


class Stop:
    """Asked for once, remembered for ever."""

    def __init__(self, *, drain_seconds: float, clock: Clock) -> None:
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._requested = threading.Event()
        self._deadline: float | None = None

    def request(self) -> None:
        """Stop. Asking again changes nothing."""
        if self._deadline is None:
            self._deadline = self._clock.monotonic() + self._drain_seconds
        self._requested.set()

    @property
    def requested(self) -> bool:
        """Whether the order was given."""
        return self._requested.is_set()

    @property
    def expired(self) -> bool:
        """Whether the time to finish running work has passed too."""
        return self._deadline is not None and self._clock.monotonic() >= self._deadline

    def remaining_seconds(self) -> float:
        """How long running work may still go on; only meaningful once requested."""
        return 0.0 if self._deadline is None else max(0.0, self._deadline - self._clock.monotonic())

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the order is given, at most ``seconds``; returns whether it was."""
        return self._requested.wait(seconds)


def stop_on_signals(stop: Stop) -> None:
    """Let SIGTERM (Fargate, Spot reclaim) and SIGINT (Ctrl-C) give the order.

    The handler runs between any two bytecodes of the main thread, which may hold the very lock that
    ``Stop`` needs; ``SimpleQueue.put`` is reentrant by contract, so a thread takes it from there.
    """
    received: queue.SimpleQueue[int] = queue.SimpleQueue()

    def handle(number: int, _frame: FrameType | None) -> None:
        received.put(number)

    def obey() -> None:
        received.get()
        stop.request()

    threading.Thread(target=obey, name="signals", daemon=True).start()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
