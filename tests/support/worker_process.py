"""A service as a process of its own, as the platform starts it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local import lifeline
from local.environment import CHECKOUT

ENDS_WITHIN_SECONDS = 20


@contextmanager
def worker_process(module: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, told to end when the block is left, and killed where it doesn't."""
    process = subprocess.Popen(
        lifeline.command(module),
        env=environment,
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
