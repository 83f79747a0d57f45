"""Where other systems of the account hear how jobs ended."""

from __future__ import annotations

from typing import Protocol


class EventBus(Protocol):
    """Takes events; who listens is decided by rules on the bus."""

    def publish(self, event: str, detail: str) -> None:
        """Durably accepted when this returns. ``event`` is such as ``job.completed``, ``detail`` JSON text.

        Raises ``TransientError`` where nobody can know whether it was taken.
        """
        ...
