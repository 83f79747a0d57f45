"""An event bus that keeps what it was given."""

from __future__ import annotations


class RecordingEventBus:
    """An ``EventBus``; tests look into :attr:`published`. Errors in :attr:`failures` are raised first."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.failures: list[Exception] = []

    def publish(self, event: str, detail: str) -> None:
        """Keep it."""
        if self.failures:
            raise self.failures.pop(0)
        self.published.append((event, detail))
