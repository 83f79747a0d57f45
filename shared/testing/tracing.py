"""Traces that stay where a test can see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from shared.ports.tracing import Span, StageTime


@dataclass
class RecordedSpan:
    """A ``Span``; ``header`` is ``{trace}/{span}``."""

    trace: str
    number: int
    parent: str | None = None
    facts: dict[str, str | float | bool] = field(default_factory=dict)
    failed: str | None = None
    stages: list[StageTime] = field(default_factory=list)
    belongs: bool = False
    sources: list[Callable[[], Iterable[StageTime]]] = field(default_factory=list)

    @property
    def header(self) -> str:
        """What the next process is to be told."""
        self.belongs = True
        return f"{self.trace}/{self.number}"

    def join(self, header: str | None) -> None:
        """Take the trace over from a header, unless there is one."""
        if header is not None and not self.belongs:
            self.belongs = True
            self.trace, self.parent = header.split("/")

    def annotate(self, **facts: str | float | bool) -> None:
        """Keep them."""
        self.facts.update(facts)

    def describe_call(self, *, method: str, route: str, status: int) -> None:
        """Keep it among the facts."""
        self.annotate(method=method, route=route, status=status)

    def fail(self, reason: str) -> None:
        """Keep the reason."""
        self.failed = reason

    def ask_for_stages(self, source: Callable[[], Iterable[StageTime]]) -> None:
        """Ask at the end."""
        self.sources.append(source)


class RecordingTracer:
    """A ``Tracer``; spans that ended are in :attr:`spans`, in the order of their ends."""

    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []
        self._numbers = count(1)

    @contextmanager
    def span(self, header: str | None = None) -> Iterator[Span]:
        """Keep the span when the block ends."""
        number = next(self._numbers)
        span = RecordedSpan(trace=f"trace-{number}", number=number)
        span.join(header)
        try:
            yield span
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        finally:
            span.stages = [stage for source in span.sources for stage in source()]
            self.spans.append(span)
