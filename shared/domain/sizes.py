"""Sizes as people read them, beside the exact number that programs read."""

from __future__ import annotations

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def readable_size(size_bytes: int) -> str:
    """A size in binary units (IEC 80000-13) with at most one decimal: ``2 GiB``, ``976.6 KiB``."""
    power = min(max(size_bytes.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    return f"{round(size_bytes / 1024**power, 1):g} {_UNITS[power]}"


def limit_facts(limit_bytes: int) -> dict[str, object]:
    """What a fault says of a limit: ``limit`` stands in its sentence, ``limit_bytes`` is exact."""
    return {"limit": readable_size(limit_bytes), "limit_bytes": limit_bytes}
