"""Keeps the C library from holding more than a worker needs, so that it doesn't creep up with the hours.

By default every thread of glibc has a heap of its own, up to eight for each core, and each keeps what its
thread freed: arrays of up to 32 MiB. With few heaps for all threads, one takes what the other freed:
https://man7.org/linux/man-pages/man3/mallopt.3.html

Smaller ones leave holes between what stays. :func:`release_free_pages` gives those back too:
https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

from __future__ import annotations

import ctypes
import platform
from functools import cache

_ARENA_MAX = -8
"""Of ``mallopt``."""

HEAPS = 2
"""With one a thread a worker held a quarter more. How much a heap keeps is left to glibc: to give arrays of
16 MiB back at once cost 6 % of a worker's processor time, for they came again as pages to be emptied."""


def bound_heaps() -> bool:
    """Bound how many heaps this process has; whether it holds. Elsewhere than on glibc nothing happens."""
    library = _glibc()
    return library is not None and library.mallopt(_ARENA_MAX, HEAPS) == 1


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
