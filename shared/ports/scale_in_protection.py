"""Tells the scheduler not to end this process while it works."""

from __future__ import annotations

from typing import Protocol


class ScaleInProtection(Protocol):
    """The scheduler's ear."""

    def protect(self, *, seconds: int) -> None:
        """Don't end this process for scaling in during the next ``seconds``; asking again renews."""
        ...

    def release(self) -> None:
        """It may be ended again."""
        ...


class NoProtection:
    """For places where nobody scales in: development, Lambda, tests."""

    def protect(self, *, seconds: int) -> None:
        """Nothing to tell."""

    def release(self) -> None:
        """Nothing to tell."""
