"""No file makes FFmpeg ask for more memory at once than any real recording needs.

An MP4 of a few kilobytes may claim a hundred million samples, for each of which FFmpeg lays an entry into
an index when it opens the file: gigabytes, and the end of the worker. PyAV has no word for FFmpeg's own
bound, ``av_max_alloc`` (libavutil/mem.h), so it is called in the library that PyAV brought along.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import av

from shared.log import get_logger

MOST_BYTES_AT_ONCE = 128 * 1024 * 1024
"""An index of 24 bytes an entry for 33 hours of AAC at 48 kHz; more than 500 frames of 7.1 at 192 kHz."""

_log = get_logger(__name__)


@cache
def bound_allocations() -> bool:
    """Set the bound for this process, once. False where PyAV was built on libraries of the system."""
    package = Path(av.__file__).parent
    found = [*package.parent.glob("av.libs/libavutil*"), *package.glob(".dylibs/libavutil*")]
    if not found:
        _log.warning("FFmpeg's allocations are not bounded")
        return False
    set_most = ctypes.CDLL(str(found[0])).av_max_alloc
    set_most.argtypes, set_most.restype = [ctypes.c_size_t], None
    set_most(MOST_BYTES_AT_ONCE)
    return True
