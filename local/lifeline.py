"""Run a module in a process that never outlives the one that started it.

``python -m local.lifeline services.notifier`` runs that module as ``python -m`` would. Its standard
input is a pipe whose other end only the parent holds: however the parent ends, ``kill -9`` included,
the pipe closes, and a thread here kills the process. This needs nothing that Linux and macOS do not
share. Its limit: the thread must get the GIL, so native code that keeps it delays the end.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

STANDARD_INPUT = 0


def _die_with_parent() -> None:
    while os.read(STANDARD_INPUT, 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def command(module: str) -> tuple[str, ...]:
    """The arguments that run ``module`` under the lifeline."""
    return (sys.executable, "-m", "local.lifeline", module)


def main() -> None:
    """Run the module named by the first argument; the rest are its own."""
    threading.Thread(target=_die_with_parent, name="lifeline", daemon=True).start()
    module = sys.argv[1]
    del sys.argv[1]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
