"""What a worker does with a message once its handler has decided, without the worker."""

from __future__ import annotations

from shared.ports.queue import Delivery, MessageQueue
from shared.worker.fate import DeadLetter, Done, Fate, Later


def settle(queue: MessageQueue, delivery: Delivery, fate: Fate, dead_letters: list[str]) -> None:
    """Let the message meet its fate; the reason of one that is dead goes to ``dead_letters``."""
    match fate:
        case Done():
            queue.delete(delivery)
        case Later(seconds=seconds):
            queue.set_visibility(delivery, int(seconds))
        case DeadLetter(reason=reason):
            dead_letters.append(reason)
            queue.delete(delivery)
