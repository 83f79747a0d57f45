"""Where a worker's next messages come from: its one queue, or several, the most urgent first.

::

    one queue    a long poll for as many messages as there are free slots

    several      each turn: short polls, the most urgent queue first, until the free slots are filled
                            (the last queue first, once it was passed over four times in a row)
                    │ nothing anywhere
                    ▼
                 idle: a long poll of each queue at once, for one message each
                    │ one of them brings a message, the others stay out
                    ▼
                 the next turn leaves out what is being polled: nothing lies there, or its poll would have it

A poll that is out can't be called back. If it brings a message although all slots are taken by then, the
message is worked on all the same: at most one for each further queue. To hand it back would let it bounce
between workers whose polls are out, and each bounce is a receive that counts towards the dead-letter queue.

A queue that fails rests, longer with each failure in a row. Of several it rests and is asked again in a
thread of its own, as if its poll were out, until it answers: the others go on meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from shared.log import get_logger
from shared.ports.queue import Delivery, MessageQueue
from shared.settings import WorkerSettings
from shared.worker.backoff import exponential

_log = get_logger(__name__)

MOST_MESSAGES_A_RECEIVE = 10
"""SQS gives no more than ten."""

MOST_PASSED_OVER = 4
"""So often in a row may the last queue not be asked, because the others filled all slots: it has one turn of
five at least, and an urgent message waits for no turn but that one."""

MOST_REST_SECONDS = 30
"""How long a queue rests at most that failed again and again."""


class Take(Protocol):
    """What is done with a delivery; called from several threads."""

    def __call__(self, queue: MessageQueue, delivery: Delivery) -> None:
        """Begin to work on it; returns at once. ``queue`` is where it came from and where it ends."""
        ...


Pause = Callable[[float], bool]
"""Waits for so many seconds, or until the order to stop; whether it was given."""


class Receiving(Protocol):
    """How one worker receives. A queue's failures stay within: they are logged, and it rests."""

    def take_turn(self, free: int) -> None:
        """Take up to ``free`` (1, 2, …) messages, or wait for one; it may end without any."""
        ...

    def finish(self) -> None:
        """Wait for the polls that are still out; what they bring is taken like the rest."""
        ...


def receiving_from(
    queues: Sequence[MessageQueue], *, settings: WorkerSettings, take: Take, pause: Pause
) -> Receiving:
    """From one queue or several, the most urgent first."""
    sources = [Source(queue, settings=settings, take=take, pause=pause) for queue in queues]
    wait_seconds = settings.receive_wait_seconds
    if len(sources) == 1:
        return OneQueue(sources[0], wait_seconds=wait_seconds)
    return SeveralQueues(sources, wait_seconds=wait_seconds)


class Source:
    """One queue, and how often in a row it failed. One thread at a time asks it."""

    def __init__(self, queue: MessageQueue, *, settings: WorkerSettings, take: Take, pause: Pause) -> None:
        self._queue = queue
        self._settings = settings
        self._take = take
        self._pause = pause
        self._failures = 0

    def receive(self, most: int, *, wait_seconds: int) -> int | None:
        """Take up to ``most`` messages; how many there were, or None if the queue failed."""
        try:
            deliveries = self._queue.receive(
                max_messages=min(most, MOST_MESSAGES_A_RECEIVE),
                wait_seconds=wait_seconds,
                visibility_seconds=self._settings.visibility_seconds,
            )
        except Exception:
            self._failures += 1
            _log.warning("can't receive", failures=self._failures, exc_info=True)
            return None
        self._failures = 0
        for delivery in deliveries:
            self._take(self._queue, delivery)
        return len(deliveries)

    def rest(self) -> bool:
        """Let it rest as long as its failures ask for; whether the order to stop ended that."""
        if not self._failures:
            return False
        return self._pause(exponential(self._failures, first_seconds=1, most_seconds=MOST_REST_SECONDS))


class OneQueue:
    """Long polls; no more is asked for than there are free slots."""

    def __init__(self, source: Source, *, wait_seconds: int) -> None:
        self._source = source
        self._wait_seconds = wait_seconds

    def take_turn(self, free: int) -> None:
        """Take up to ``free`` messages, waiting for the first; rest where the queue failed."""
        self._source.receive(free, wait_seconds=self._wait_seconds)
        self._source.rest()

    def finish(self) -> None:
        """Nothing is ever left out."""


class SeveralQueues:
    """Short polls while there is work, long polls of all queues at once while there is none."""

    def __init__(self, sources: Sequence[Source], *, wait_seconds: int) -> None:
        self._sources = tuple(sources)
        self._wait_seconds = wait_seconds
        self._passed_over = 0
        self._taken = 0
        self._taken_when_empty: int | None = None
        self._out: set[Source] = set()
        self._changed = threading.Condition()

    def take_turn(self, free: int) -> None:
        """Take up to ``free`` messages; where there are none, wait for what the first long poll brings.

        While nothing comes, polls follow each other without a short one in between.
        """
        taken_before = self._taken
        if taken_before != self._taken_when_empty:
            if self._ask_each(free):
                return
            self._taken_when_empty = taken_before
        self._wait_for_a_poll()

    def finish(self) -> None:
        """Wait for the polls that are still out."""
        with self._changed:
            self._changed.wait_for(lambda: not self._out)

    def _ask_each(self, free: int) -> int:
        """Short polls in the order of this turn; how many messages they brought."""
        last = self._sources[-1]
        in_turn = self._sources if self._passed_over < MOST_PASSED_OVER else self._sources[::-1]
        brought, passed_over = 0, False
        for source in in_turn:
            if self._is_out(source):
                continue
            if brought < free:
                brought += self._ask(source, free - brought)
            else:
                passed_over = passed_over or source is last
        self._passed_over = self._passed_over + 1 if passed_over else 0
        return brought

    def _is_out(self, source: Source) -> bool:
        with self._changed:
            return source in self._out

    def _ask(self, source: Source, most: int) -> int:
        brought = self._receive(source, most, wait_seconds=0)
        if brought is None:
            with self._changed:
                self._send_out(source)
        return brought or 0

    def _receive(self, source: Source, most: int, *, wait_seconds: int) -> int | None:
        brought = source.receive(most, wait_seconds=wait_seconds)
        with self._changed:
            self._taken += brought or 0
        return brought

    def _wait_for_a_poll(self) -> None:
        """Send out the polls that are not, and wait until one is back, or as long as one may take.

        Queues that all fail are out for long, and the worker must give a sign of life meanwhile.
        """
        with self._changed:
            for source in self._sources:
                if source not in self._out:
                    self._send_out(source)
            self._changed.wait_for(
                lambda: len(self._out) < len(self._sources), timeout=max(self._wait_seconds, 1)
            )

    def _send_out(self, source: Source) -> None:
        self._out.add(source)
        threading.Thread(target=self._poll, args=(source,), name="poll", daemon=True).start()

    def _poll(self, source: Source) -> None:
        """Until the queue answers or the order to stop is given; one that has just failed rests first."""
        try:
            while not source.rest() and self._receive(source, 1, wait_seconds=self._wait_seconds) is None:
                pass
        finally:
            with self._changed:
                self._out.discard(source)
                self._changed.notify_all()
