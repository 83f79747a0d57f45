"""Starts the platform's processes, waits until each is ready, restarts what dies, ends them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.child import Child, ChildFailed, ChildSpec
from local.interruption import uninterrupted
from shared.ports.clock import Clock, SystemClock

POLL_SECONDS = 0.05
PATIENCE_SECONDS = 5.0
"""After this long without readiness, say what is being waited for."""

MOST_RESTARTS_IN_A_ROW = 5
STEADY_SECONDS = 60.0
"""A process that lived this long has proved itself: its restarts are counted anew."""


@dataclass
class _Ward:
    """A process in our care. ``restart_at`` is set while it is down and waits for its next start."""

    child: Child
    started_at: float
    restarts: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps a set of processes; a context manager that leaves none behind.

    ``tell`` takes sentences for whoever watches. A process that ignores SIGTERM for ``stop_seconds``
    is killed.
    """

    def __init__(
        self,
        logs: Path,
        *,
        tell: Callable[[str], None],
        clock: Clock | None = None,
        stop_seconds: float = 10.0,
    ) -> None:
        self._logs = logs
        self._tell = tell
        self._clock = clock or SystemClock()
        self._stop_seconds = stop_seconds
        self._wards: list[_Ward] = []

    @property
    def children(self) -> tuple[Child, ...]:
        """Every process in its care, in the order of their start."""
        return tuple(ward.child for ward in self._wards)

    def start(self, specs: Iterable[ChildSpec]) -> None:
        """Start all, then wait until each is ready. Raises :class:`ChildFailed`."""
        started = [self._add(spec) for spec in specs]
        for child in started:
            self._wait_until_ready(child)

    def _add(self, spec: ChildSpec) -> Child:
        child = Child(spec, self._logs)
        self._wards.append(_Ward(child, started_at=self._clock.monotonic()))
        return child

    def _wait_until_ready(self, child: Child) -> None:
        began = self._clock.monotonic()
        told = False
        while not child.ready:
            waited_seconds = self._clock.monotonic() - began
            if waited_seconds > child.spec.start_seconds:
                raise ChildFailed(
                    f"{child.spec.name} was not ready after {child.spec.start_seconds:.0f} s; "
                    f"its log is {child.log_path}"
                )
            if waited_seconds > PATIENCE_SECONDS and not told:
                self._tell(f"waiting for {child.spec.name} (log: {child.log_path})")
                told = True
            if child.wait(POLL_SECONDS):
                raise ChildFailed(child.last_words())

    def tend(self) -> None:
        """Look after each process once: note a death, start again what has waited long enough.

        Raises :class:`ChildFailed` for a process that keeps dying.
        """
        now = self._clock.monotonic()
        for ward in self._wards:
            if ward.restart_at is None and not ward.child.running:
                self._note_death(ward, now)
            elif ward.restart_at is not None and now >= ward.restart_at:
                ward.child = Child(ward.child.spec, self._logs)
                ward.started_at, ward.restart_at = now, None

    def _note_death(self, ward: _Ward, now: float) -> None:
        ward.child.kill()
        if now - ward.started_at >= STEADY_SECONDS:
            ward.restarts = 0
        if ward.restarts >= MOST_RESTARTS_IN_A_ROW:
            raise ChildFailed(f"{ward.child.last_words()} (after {ward.restarts} restarts)")
        pause_seconds = float(2**ward.restarts)
        ward.restarts += 1
        ward.restart_at = now + pause_seconds
        self._tell(f"{ward.child.last_words()}; starting it again in {pause_seconds:.0f} s")

    def crash(self, name: str) -> bool:
        """Kill a process and start it again at once: a crash made on purpose, not counted as its own.

        False if it is down already and waits for its next start.
        """
        ward = next(ward for ward in self._wards if ward.child.spec.name == name)
        if ward.restart_at is not None:
            return False
        ward.child.kill()
        ward.child = Child(ward.child.spec, self._logs)
        ward.started_at = self._clock.monotonic()
        return True

    def stop(self) -> None:
        """End every process: SIGTERM in reverse order of start, SIGKILL to what is left.

        A second Ctrl-C meanwhile is ignored: the time it takes is bounded.
        """
        with uninterrupted():
            self._stop()

    def _stop(self) -> None:
        deadline = self._clock.monotonic() + self._stop_seconds
        for ward in reversed(self._wards):
            ward.child.terminate()
        for ward in reversed(self._wards):
            if not ward.child.wait(deadline - self._clock.monotonic()):
                self._tell(f"{ward.child.spec.name} did not end in {self._stop_seconds:.0f} s: killed")
            ward.child.kill()
        self._wards.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
