"""Makes the C library give memory back, so that a worker's size doesn't creep up with the hours.

By default glibc learns from the first large array that is freed to keep the next ones, up to 32 MB each, in
heaps of which every thread has its own; features, tensors and windows of sound, of changing sizes, leave
holes there. Fixed bounds end that: https://man7.org/linux/man-pages/man3/mallopt.3.html

What is smaller still leaves holes between what stays. :func:`release_free_pages` gives those back too:
https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

from __future__ import annotations

import ctypes
import platform
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8

MIB = 1024 * 1024

BOUNDS = {_MMAP_THRESHOLD: 16 * MIB, _TRIM_THRESHOLD: 64 * MIB, _ARENA_MAX: 2}
"""Arrays from 16 MiB on go back at once, free ends of heaps from 64 MiB on; lower ones cost time."""


def give_memory_back() -> bool:
    """Set the bounds for this process; whether they hold. Elsewhere than on glibc nothing happens."""
    library = _glibc()
    return library is not None and all(
        library.mallopt(parameter, value) == 1 for parameter, value in BOUNDS.items()
    )


def release_free_pages() -> None:
    """Give back every page that holds nothing. Elsewhere than on glibc nothing happens.

    Takes some milliseconds, in which other threads may wait for memory: for between two long works.
    """
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
