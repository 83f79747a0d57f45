"""A queue that delivers each message at least once, in no promised order (SQS standard queues)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

TRACE_HEADER: Final = "AWSTraceHeader"
"""The attribute that carries the sender's span. SQS keeps it apart from those of users."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a message. ``receipt`` belongs to this delivery, ``message_id`` to all of them."""

    message_id: str
    receipt: str
    body: str
    receive_count: int
    sent_at: datetime
    attributes: dict[str, str] = field(default_factory=dict)


class MessageSender(Protocol):
    """The door of a queue that one only sends to."""

    def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
        """Durably accepted when this returns. Carries the current span, unless ``attributes`` name one."""
        ...


class MessageQueue(MessageSender, Protocol):
    """A queue that one works."""

    def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
        """Up to ``max_messages`` (1-10), hidden from others for ``visibility_seconds``."""
        ...

    def delete(self, delivery: Delivery) -> None:
        """Done with it. A receipt that is no longer valid is no error: the message may come again."""
        ...

    def set_visibility(self, delivery: Delivery, seconds: int) -> None:
        """Hide it from now for ``seconds`` (0: hand it back at once). A stale receipt is no error."""
        ...

    def dead_letter(self, delivery: Delivery, *, reason: str) -> None:
        """Move it to the dead-letter queue, the reason as attribute ``reason``: send, then delete."""
        ...
