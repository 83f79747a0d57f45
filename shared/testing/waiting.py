"""Waiting for what another thread or process does, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_POLL_SECONDS = 0.005


def wait_until(condition: Callable[[], Value], timeout_seconds: float = 10) -> Value:
    """Ask until the answer is truthy, and return it. Raises ``TimeoutError`` after the deadline."""
    deadline = time.monotonic() + timeout_seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the condition did not hold within {timeout_seconds} s")
        time.sleep(_POLL_SECONDS)
    return value
