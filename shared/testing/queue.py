"""A queue in memory that hides, redelivers and dead-letters as SQS does, by the clock it is handed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from shared.ports.clock import Clock
from shared.ports.queue import TRACE_HEADER, Delivery
from shared.tracing import current_span

_LONGEST_WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class DeadLetterRecord:
    """A message that was moved to the dead-letter queue."""

    body: str
    attributes: dict[str, str]

    @property
    def reason(self) -> str:
        """Why it was moved."""
        return self.attributes["reason"]


@dataclass
class _Message:
    message_id: str
    body: str
    attributes: dict[str, str]
    sent_at: datetime
    visible_at: datetime
    receive_count: int = 0
    receipt: str = field(default="")


class InMemoryQueue:
    """A ``MessageQueue``; tests may look into :attr:`dead_letters` and :attr:`bodies`.

    A long poll of an empty queue ends after 50 ms of real time whatever ``wait_seconds`` says: the
    handed clock may stand still, and a worker under test must come round to see that it shall stop.
    """

    def __init__(self, clock: Clock) -> None:
        self.dead_letters: list[DeadLetterRecord] = []
        self._clock = clock
        self._messages: dict[str, _Message] = {}
        self._numbers = count(1)
        self._changed = threading.Condition()

    @property
    def bodies(self) -> list[str]:
        """The bodies of all messages not yet deleted, hidden ones included."""
        with self._changed:
            return [message.body for message in self._messages.values()]

    def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
        """Accept a message, visible at once."""
        with self._changed:
            message_id = f"message-{next(self._numbers)}"
            now = self._clock.now()
            header = current_span().header
            carried = {} if header is None else {TRACE_HEADER: header}
            self._messages[message_id] = _Message(message_id, body, carried | (attributes or {}), now, now)
            self._changed.notify_all()

    def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
        """Deliver what is visible, oldest first; waits a moment where there is nothing."""
        if not 1 <= max_messages <= 10:
            raise ValueError("max_messages must be 1-10")
        with self._changed:
            if not self._visible():
                self._changed.wait(min(wait_seconds, _LONGEST_WAIT_SECONDS))
            return [self._deliver(m, visibility_seconds) for m in self._visible()[:max_messages]]

    def delete(self, delivery: Delivery) -> None:
        """Remove the message, unless a later delivery of it is out."""
        with self._changed:
            if self._held(delivery):
                del self._messages[delivery.message_id]

    def set_visibility(self, delivery: Delivery, seconds: int) -> None:
        """Hide it from now on, unless a later delivery of it is out."""
        with self._changed:
            message = self._held(delivery)
            if message and message.visible_at > self._clock.now():
                message.visible_at = self._clock.now() + timedelta(seconds=seconds)
                self._changed.notify_all()

    def dead_letter(self, delivery: Delivery, *, reason: str) -> None:
        """Move it to :attr:`dead_letters`."""
        attributes = {**delivery.attributes, "reason": reason}
        self.dead_letters.append(DeadLetterRecord(delivery.body, attributes))
        self.delete(delivery)

    def _visible(self) -> list[_Message]:
        now = self._clock.now()
        return [message for message in self._messages.values() if message.visible_at <= now]

    def _held(self, delivery: Delivery) -> _Message | None:
        message = self._messages.get(delivery.message_id)
        return message if message and message.receipt == delivery.receipt else None

    def _deliver(self, message: _Message, visibility_seconds: int) -> Delivery:
        message.receive_count += 1
        message.receipt = f"{message.message_id}/{message.receive_count}"
        message.visible_at = self._clock.now() + timedelta(seconds=visibility_seconds)
        return Delivery(
            message_id=message.message_id,
            receipt=message.receipt,
            body=message.body,
            receive_count=message.receive_count,
            sent_at=message.sent_at,
            attributes=dict(message.attributes),
        )
