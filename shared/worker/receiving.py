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
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from shared.ports.queue import Delivery, MessageQueue
from shared.settings import WorkerSettings

MOST_MESSAGES_A_RECEIVE = 10
"""SQS gives no more than ten."""

MOST_PASSED_OVER = 4
"""So often in a row may the last queue not be asked, because the others filled all slots: it has one turn of
five at least, and an urgent message waits for no turn but that one."""


class Take(Protocol):
    """What is done with a delivery; called from several threads."""

    def __call__(self, queue: MessageQueue, delivery: Delivery) -> None:
        """Begin to work on it; returns at once. ``queue`` is where it came from and where it ends."""
        ...


class Receiving(Protocol):
    """How one worker receives."""

    def take_turn(self, free: int) -> None:
        """Take up to ``free`` (1, 2, …) messages, or wait for one. Raises what a queue raises."""
        ...

    def finish(self) -> None:
        """Wait for the polls that are still out; what they bring is taken like the rest."""
        ...


def receiving_from(queues: Sequence[MessageQueue], *, settings: WorkerSettings, take: Take) -> Receiving:
    """From one queue or several, the most urgent first."""
    if len(queues) == 1:
        return OneQueue(queues[0], settings=settings, take=take)
    return SeveralQueues(queues, settings=settings, take=take)


class OneQueue:
    """Long polls; no more is asked for than there are free slots."""

    def __init__(self, queue: MessageQueue, *, settings: WorkerSettings, take: Take) -> None:
        self._queue = queue
        self._settings = settings
        self._take = take

    def take_turn(self, free: int) -> None:
        """Take up to ``free`` messages, waiting for the first."""
        wait_seconds = self._settings.receive_wait_seconds
        for delivery in receive(self._queue, free, wait_seconds=wait_seconds, settings=self._settings):
            self._take(self._queue, delivery)

    def finish(self) -> None:
        """Nothing is ever left out."""


class SeveralQueues:
    """Short polls while there is work, long polls of all queues at once while there is none."""

    def __init__(self, queues: Sequence[MessageQueue], *, settings: WorkerSettings, take: Take) -> None:
        self._queues = tuple(queues)
        self._settings = settings
        self._take = take
        self._passed_over = 0
        self._taken = 0
        self._taken_when_empty: int | None = None
        self._out: set[MessageQueue] = set()
        self._failure: Exception | None = None
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
        last = self._queues[-1]
        in_turn = self._queues if self._passed_over < MOST_PASSED_OVER else self._queues[::-1]
        brought, passed_over = 0, False
        for queue in in_turn:
            if self._is_out(queue):
                continue
            if brought < free:
                brought += self._receive(queue, free - brought, wait_seconds=0)
            else:
                passed_over = passed_over or queue is last
        self._passed_over = self._passed_over + 1 if passed_over else 0
        return brought

    def _is_out(self, queue: MessageQueue) -> bool:
        with self._changed:
            return queue in self._out

    def _receive(self, queue: MessageQueue, most: int, *, wait_seconds: int) -> int:
        deliveries = receive(queue, most, wait_seconds=wait_seconds, settings=self._settings)
        for delivery in deliveries:
            self._take(queue, delivery)
        with self._changed:
            self._taken += len(deliveries)
        return len(deliveries)

    def _wait_for_a_poll(self) -> None:
        """Send out the polls that are not, and wait until one is back. Raises what ended it."""
        with self._changed:
            self._failure = None
            for queue in self._queues:
                if queue not in self._out:
                    threading.Thread(target=self._poll, args=(queue,), name="poll", daemon=True).start()
                    self._out.add(queue)
            self._changed.wait_for(lambda: len(self._out) < len(self._queues))
            if self._failure is not None:
                raise self._failure

    def _poll(self, queue: MessageQueue) -> None:
        failure: Exception | None = None
        try:
            self._receive(queue, 1, wait_seconds=self._settings.receive_wait_seconds)
        except Exception as error:
            failure = error  # of a poll that nobody waits for, the next turn makes it again
        with self._changed:
            self._failure = failure or self._failure
            self._out.discard(queue)
            self._changed.notify_all()


def receive(queue: MessageQueue, most: int, *, wait_seconds: int, settings: WorkerSettings) -> list[Delivery]:
    """One call of the queue's."""
    return queue.receive(
        max_messages=min(most, MOST_MESSAGES_A_RECEIVE),
        wait_seconds=wait_seconds,
        visibility_seconds=settings.visibility_seconds,
    )
