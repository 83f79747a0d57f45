"""Ctrl-C, SIGTERM and a closed terminal: one way out, and one stretch where none of them is heard."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """Let each of them raise ``KeyboardInterrupt`` in the main thread, so that ``with`` cleans up."""
    for number in _SIGNALS:
        signal.signal(number, signal.default_int_handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore them inside the block; meant for clean-up that takes a bounded time.

    Handlers belong to the main thread: in any other, nothing changes, as nothing is raised there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
