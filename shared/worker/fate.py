"""What becomes of a message once its handler has looked at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.ports.queue import Delivery


@dataclass(frozen=True)
class Done:
    """Its effect is durable, or it has none: delete it."""


@dataclass(frozen=True)
class Later:
    """Hide it for ``seconds`` (0: hand it back at once), then anybody may try."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class DeadLetter:
    """Nobody can do anything with it: move it to the dead-letter queue with the reason."""

    reason: str


@dataclass(frozen=True)
class LeftAlone:
    """Somebody else holds the work: touch nothing; the message comes back when its time runs out."""


Fate = Done | Later | DeadLetter | LeftAlone


class Hold(Protocol):
    """A delivery while it is worked on: its visibility is extended until the handler returns."""

    def on_beat(self, beat: Callable[[], None]) -> None:
        """Call ``beat`` with every heartbeat from now on, from the heartbeat's own thread."""
        ...

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Call ``release`` if the process must end before the handler returns."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether the process was told to end and the time to finish has passed: hand the work back."""
        ...


class MessageHandler(Protocol):
    """What a service does with one delivery. What it raises is logged and tried again later."""

    def __call__(self, delivery: Delivery, hold: Hold) -> Fate:
        """Do the work and decide the message's fate."""
        ...
