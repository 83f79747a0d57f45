"""A dead-letter queue while somebody looks through it.

There is no way to look into a queue without taking: so all of it is taken, hidden from others for a
while, and what was not dealt with is handed back. What is killed in between shows again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from shared.ports.queue import Delivery, MessageQueue, MessageSender
from tools.deadletters.letters import Letter

VISIBILITY_SECONDS = 120
"""Long enough to take 10,000 letters and to deal with them."""
WAIT_SECONDS = 1
"""Only a long poll asks every server of SQS, so that no answer means that nothing is left."""
AT_ONCE = 8

_MOST_A_RECEIVE = 10


@dataclass(frozen=True)
class Box:
    """A dead-letter queue, and the queue that its letters fell from."""

    name: str
    dead_letters: MessageQueue
    queue: MessageSender


class OpenBox:
    """What was taken out of a box and not dealt with yet."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.may_hold_more = False
        self._held: dict[str, Delivery] = {}

    @property
    def letters(self) -> list[Letter]:
        """The letters at hand, oldest first."""
        oldest_first = sorted(self._held.values(), key=lambda delivery: delivery.sent_at)
        return [Letter(self.box.name, delivery) for delivery in oldest_first]

    def take(self, *, limit: int, on_taken: Callable[[int], None]) -> None:
        """Take everything, at most ``limit``. A letter that comes back meanwhile ends it: all were seen."""
        while len(self._held) < limit:
            taken = self.box.dead_letters.receive(
                max_messages=min(_MOST_A_RECEIVE, limit - len(self._held)),
                wait_seconds=WAIT_SECONDS,
                visibility_seconds=VISIBILITY_SECONDS,
            )
            before = len(self._held)
            self._held.update({delivery.message_id: delivery for delivery in taken})
            if len(self._held) == before:
                return
            on_taken(len(self._held) - before)
        self.may_hold_more = True

    def remove(self, letter: Letter) -> None:
        """Delete a letter: it was dealt with."""
        self.box.dead_letters.delete(letter.delivery)
        del self._held[letter.delivery.message_id]

    def hand_back(self) -> None:
        """Let everybody see the rest again."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(lambda held: self.box.dead_letters.set_visibility(held, 0), self._held.values()))


@contextmanager
def opened(box: Box, *, limit: int, on_taken: Callable[[int], None]) -> Iterator[OpenBox]:
    """The letters of a box; those still held at the end are handed back, whatever happened."""
    open_box = OpenBox(box)
    try:
        open_box.take(limit=limit, on_taken=on_taken)
        yield open_box
    finally:
        open_box.hand_back()
