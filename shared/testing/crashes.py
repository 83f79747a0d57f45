"""Lets a process die at a chosen effect: ports that are wrapped here raise, whoever calls them.

A :class:`Crash` is no ``Exception``, so that no handler can take it for a failure and clean up: what a
killed process leaves behind is what stands in the stores and queues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

Port = TypeVar("Port")

EFFECTS = frozenset(
    {
        "await_another",
        "claim",
        "close",
        "complete",
        "create",
        "delete",
        "delete_all",
        "fail",
        "fail_split",
        "mark_queued",
        "mark_transcribed",
        "mark_uploaded",
        "note_progress",
        "park",
        "plan",
        "put",
        "queue",
        "record_refused",
        "record_sent",
        "reject",
        "release",
        "replay",
        "save",
        "send",
        "set_visibility",
        "settle",
        "write",
        "write_file",
    }
)
"""The methods of ports that leave something behind."""


class Crash(BaseException):
    """The process is dead."""


@dataclass(frozen=True)
class CrashPoint:
    """An effect such as ``jobs.claim``; the process dies right before it or right after."""

    effect: str
    after: bool

    def __str__(self) -> str:
        """For the names of tests."""
        return f"{'after' if self.after else 'before'} {self.effect}"


class CrashPlan:
    """The crashes to come, each armed once the one before it has happened; and a trace of all effects."""

    def __init__(self, *points: CrashPoint) -> None:
        self.trace: list[str] = []
        self._points = list(points)

    @property
    def pending(self) -> bool:
        """Whether a crash has not happened yet."""
        return bool(self._points)

    def crashing(self, port: Port, name: str) -> Port:
        """The port under a name, with every effect a place where the process may die."""
        return cast("Port", _CrashingPort(port, name, self))

    def run(self, effect: str, call: Callable[[], object]) -> object:
        """Call, unless the process dies first. Raises :class:`Crash`."""
        self._die_if_due(CrashPoint(effect, after=False))
        result = call()
        self.trace.append(effect)
        self._die_if_due(CrashPoint(effect, after=True))
        return result

    def _die_if_due(self, point: CrashPoint) -> None:
        if self._points and self._points[0] == point:
            self._points.pop(0)
            raise Crash(str(point))


class _CrashingPort:
    def __init__(self, port: object, name: str, plan: CrashPlan) -> None:
        self._port = port
        self._name = name
        self._plan = plan

    def __getattr__(self, method: str) -> object:
        found = getattr(self._port, method)
        return partial(self._call, method, found) if method in EFFECTS else found

    def _call(self, method: str, found: Callable[..., object], *values: object, **named: object) -> object:
        return self._plan.run(f"{self._name}.{method}", partial(found, *values, **named))
