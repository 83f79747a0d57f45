"""Keeps the C library from holding more than a worker needs, so that it doesn't creep up with the hours.

By default every thread of glibc has a heap of its own, up to eight for each core, and each keeps what its
thread freed: arrays of up to 32 MiB. With few heaps for all threads, one takes what the other freed:
https://man7.org/linux/man-pages/man3/mallopt.3.html

How large an array must be to be given back at once, and how much free memory a heap keeps at its top, glibc
adapts to what was freed so far: a worker that has heard for longer would keep more. So both are fixed.

Small arrays leave holes between what stays. :func:`release_free_pages` gives those back too:
https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

from __future__ import annotations

import ctypes
import platform
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Of ``mallopt``."""

_MEBIBYTE = 1024 * 1024

HEAPS = 2
"""With one a thread a worker held a quarter more."""

GIVEN_BACK_AT_ONCE_MIB = 24
"""To do so with arrays of 16 MiB, which a bundled model's encoder needs for every layer, cost 6 % of a
worker's processor time, for they came again as pages to be emptied. Larger ones are rarer."""

KEPT_FREE_MIB = 64
"""At the top of a heap. With 16 a worker held 50 MiB less, and took 8 % longer."""


def bound_heaps() -> bool:
    """Bound how many heaps this process has and what they keep; whether it holds.

    Elsewhere than on glibc nothing happens.
    """
    library = _glibc()
    bounds = {
        _ARENA_MAX: HEAPS,
        _MMAP_THRESHOLD: GIVEN_BACK_AT_ONCE_MIB * _MEBIBYTE,
        _TRIM_THRESHOLD: KEPT_FREE_MIB * _MEBIBYTE,
    }
    return library is not None and all(library.mallopt(*bound) == 1 for bound in bounds.items())


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
