"""The span that the running code belongs to, without handing it through every call.

It is kept as logging keeps a job's id: in a context variable, which a new thread does not inherit. What a
span is asked for at its end (:meth:`~shared.ports.tracing.Span.ask_for_stages`) may be measured in any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.domain.jobs import Job
from shared.ports.tracing import Span, StageTime, Tracer


class _Untraced:
    """A ``Span`` and ``Tracer`` that does nothing."""

    header = None

    def join(self, header: str | None) -> None:
        pass

    def annotate(self, **facts: str | float | bool) -> None:
        pass

    def describe_call(self, *, method: str, route: str, status: int) -> None:
        pass

    def fail(self, reason: str) -> None:
        pass

    def ask_for_stages(self, source: Callable[[], Iterable[StageTime]]) -> None:
        pass

    @contextmanager
    def span(self, header: str | None = None) -> Iterator[Span]:  # noqa: ARG002
        yield self


_UNTRACED = _Untraced()

UNTRACED: Tracer = _UNTRACED
"""The tracer of a service that nobody watches."""

_current: ContextVar[Span] = ContextVar("span", default=_UNTRACED)


def current_span() -> Span:
    """The span of the innermost :func:`in_span` around the caller, in this thread or task."""
    return _current.get()


@contextmanager
def in_span(tracer: Tracer, header: str | None = None) -> Iterator[Span]:
    """Let the block be one span: whatever it sends and does belongs to it."""
    with tracer.span(header) as span:
        token = _current.set(span)
        try:
            yield span
        finally:
            _current.reset(token)


def trace_job(job: Job) -> None:
    """Say that the current span is about a job; without a trace of its own it joins the job's."""
    span = current_span()
    span.join(job.trace)
    span.annotate(job_id=job.job_id, user_id=job.user_id)
