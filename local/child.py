"""One process of the local platform: its log, whether it is ready, what it said last, its end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.environment import CHECKOUT
from shared.process import StartupError

Readiness = Callable[[str], bool]
"""Decides from what a process has written so far whether it is ready."""


def logged_ready(output: str) -> bool:
    """Whether a worker wrote its JSON log event ``ready``."""
    return any(_event_of(line) == "ready" for line in output.splitlines())


def _event_of(line: str) -> object:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record.get("event") if isinstance(record, dict) else None


class ChildFailed(StartupError):
    """A process of the platform could not be started, or not be kept running."""


@dataclass(frozen=True)
class ChildSpec:
    """What to run and what to expect of it.

    ``environment`` is all that the process sees of ours. ``start_seconds`` bounds the time to
    readiness (a worker may have to fetch its model first).
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Readiness = logged_ready
    start_seconds: float = 60


class Child:
    """A running process. Standard output and error go to ``{logs}/{name}.log``.

    It leads a process group of its own, so that Ctrl-C reaches only the supervisor, which then ends
    everything in order. Its standard input is the pipe that :mod:`local.lifeline` watches.
    """

    def __init__(self, spec: ChildSpec, logs: Path) -> None:
        self.spec = spec
        self.log_path = logs / f"{spec.name}.log"
        with self.log_path.open("ab") as log:
            self._log_start_bytes = log.tell()
            self.process = subprocess.Popen(
                spec.arguments,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(spec.environment),
                cwd=CHECKOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether it does its work."""
        return self.spec.is_ready(self.output())

    def output(self) -> str:
        """All that this process, not an earlier one of the name, has written."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start_bytes)
            return log.read().decode(errors="replace")

    def own_words(self) -> str | None:
        """Why it ended, if it said so itself."""
        sentences = [line for line in self.output().splitlines() if line.startswith("error: ")]
        return sentences[-1].removeprefix("error: ") if sentences else None

    def last_words(self) -> str:
        """Which process ended and why, as one sentence: its own where it gave one."""
        own_words = self.own_words()
        if own_words:
            return f"{self.spec.name}: {own_words}"
        return f"{self.spec.name} ended with status {self.process.returncode}; its log is {self.log_path}"

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most ``seconds``; returns whether it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(seconds, 0))
        return not self.running

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self.process.terminate()

    def kill(self) -> None:
        """End it at once if it still runs, and let go of its pipe."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
