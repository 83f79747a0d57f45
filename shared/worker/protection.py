"""Keeps this process protected from scale-in while it works, without a call for every short job.

::

    busy ──▶ protect ── renewed while busy ──▶ idle ── LINGER_SECONDS ──▶ release
                                                 └── busy again: still protected, nothing said
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from shared.log import get_logger
from shared.ports.scale_in_protection import ScaleInProtection

_log = get_logger(__name__)

PROTECTED_SECONDS = 3600
RENEW_SECONDS = 1200
"""A third, so that two renewals may fail."""

LINGER_SECONDS = 20.0
"""The agent's calls are limited in rate: a worker with a full queue is idle for moments only."""


class ProtectionKeeper:
    """Says what the worker loop's state means to the scheduler, from a thread of its own."""

    def __init__(self, protection: ScaleInProtection, *, linger_seconds: float = LINGER_SECONDS) -> None:
        self._protection = protection
        self._linger_seconds = linger_seconds
        self._busy = False
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="protection", daemon=True)
        self._thread.start()

    def set_busy(self, busy: bool) -> None:
        """Note whether work is going on; returns at once."""
        with self._changed:
            if busy != self._busy:
                self._busy = busy
                self._changed.notify_all()

    def end(self) -> None:
        """Say nothing more; a protection that stands ends with the task."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the thread after :meth:`end`."""
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_work():
            self._stay_protected()
            if not self._ended:
                self._say(self._protection.release)

    def _stay_protected(self) -> None:
        while not self._ended:
            self._say(lambda: self._protection.protect(seconds=PROTECTED_SECONDS))
            is_idle = self._became(busy=False, within_seconds=RENEW_SECONDS)
            if is_idle and not self._became(busy=True, within_seconds=self._linger_seconds):
                return

    def _wait_for_work(self) -> bool:
        """Wait until there is some; False once ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy or self._ended)
            return not self._ended

    def _became(self, *, busy: bool, within_seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._busy is busy or self._ended, timeout=within_seconds)

    def _say(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Exception:
            # Work goes on unprotected: at worst it is handed back and done by another.
            _log.warning("scale-in protection not told", exc_info=True)
