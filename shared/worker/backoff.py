"""How long to wait before trying again."""

from __future__ import annotations

import random

_JITTER = 0.1


def jittered(seconds: float, *, spread: float = _JITTER) -> float:
    """``seconds`` moved by up to ``spread`` either way, so that what failed together returns apart."""
    return seconds * random.uniform(1 - spread, 1 + spread)


def exponential(failures: int, *, first_seconds: float, most_seconds: float) -> float:
    """Full-jitter exponential back-off after ``failures`` (1, 2, …) failures in a row.

    Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
    """
    ceiling = min(most_seconds, first_seconds * 2.0 ** min(failures - 1, 30))
    return random.uniform(0, ceiling)
