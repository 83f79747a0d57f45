"""Whether a worker lives: ``python -m shared.worker.health``, for a container's health check.

The thread that receives touches a file at each of its turns: every second while all slots are busy, else
after each long poll. A process that hangs or whose receiver died touches nothing; one whose queue is away
does, because starting it anew would mend nothing.

The check needs nothing but the standard library: it runs twice a minute on the worker's own processor.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

LIVENESS_FILE = "LIVENESS_FILE"

_log = logging.getLogger(__name__)

LONGEST_SILENCE_SECONDS = 180.0
"""A receive whose tries all time out takes 132 s, and half a minute of back-off may follow."""


class Liveness:
    """The file that a worker touches; without a path nothing is."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def touch(self) -> None:
        """Say that the worker lives. A full or read-only disk must not end it: the check will see."""
        if self._path is None:
            return
        try:
            self._path.touch()
        except OSError:
            _log.warning("the liveness file can't be touched", exc_info=True)


def fault_of(path: str | None, now: float) -> str | None:
    """What is wrong with the worker that touches ``path``, in a sentence; None: nothing."""
    if not path:
        return f"{LIVENESS_FILE} is not set: nobody can tell"
    try:
        silence_seconds = now - Path(path).stat().st_mtime
    except OSError as error:
        return f"{path}: {error.strerror}"
    if silence_seconds > LONGEST_SILENCE_SECONDS:
        return f"no sign of life for {silence_seconds:.0f} seconds"
    return None


def main() -> int:
    """0 if the worker lives, else 1 and a sentence."""
    fault = fault_of(os.environ.get(LIVENESS_FILE), time.time())
    if fault is not None:
        print(f"unhealthy: {fault}", file=sys.stderr)  # noqa: T201
    return 0 if fault is None else 1


if __name__ == "__main__":
    sys.exit(main())
