"""What measures are called that others read from ``build/bench.json``."""

from __future__ import annotations


def with_random_weights(size: str) -> str:
    """The measures at the true size of a published model, say ``small``."""
    return f"{size}, random weights"
