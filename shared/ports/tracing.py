"""Traces: which parts of the system a job passed through, and how long each stage took there.

A span is what one process does for one job or call. Spans of the same trace know each other by a header
that travels with messages and records; its text is X-Ray's:
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

Nothing here raises: work never fails because somebody watches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StageTime:
    """A stage of the work: when it first began and last ended (seconds since 1970), and how long it ran.

    A stage may have many turns in between, of which ``busy_ms`` is the sum: so a span holds a handful of
    stages, however long the audio is.
    """

    name: str
    started_at: float
    ended_at: float
    busy_ms: float


class Span(Protocol):
    """One process's part of a trace, while it lasts. Holds ids and times, never what somebody said."""

    @property
    def header(self) -> str | None:
        """What the next process is to be told; None where nobody traces."""
        ...

    def join(self, header: str | None) -> None:
        """Belong to the trace that a header names, unless this span belongs to one already.

        A header's decision to be sampled or not is kept to. One that can't be read is ignored.
        """
        ...

    def annotate(self, **facts: str | float | bool) -> None:
        """Facts to find the span by."""
        ...

    def describe_call(self, *, method: str, route: str, status: int) -> None:
        """The HTTP call that the span is of; ``route`` is a template, because paths may hold secrets."""
        ...

    def fail(self, reason: str) -> None:
        """It did not succeed. ``reason`` is a class or code. Such a span is sent whatever was sampled."""
        ...

    def ask_for_stages(self, source: Callable[[], Iterable[StageTime]]) -> None:
        """Ask ``source`` for its stages when the span ends."""
        ...


class Tracer(Protocol):
    """Makes the spans of one service."""

    def span(self, header: str | None = None) -> AbstractContextManager[Span]:
        """A span that lasts as long as the block, of a trace that ``header`` names or of a new one.

        An exception that leaves the block fails the span, and goes on.
        """
        ...
