"""Traces in AWS X-Ray: each span is a segment document, sent by UDP to the daemon beside the process.

The SDK's recorder is left alone, because it keeps the current segment in a thread-local variable and asks
the daemon for sampling rules from a thread of its own; its segments and its emitter are all that is needed.
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html

The daemon sends what it is told with the task's role.

IAM: xray:PutTraceSegments
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.log import get_logger
from shared.ports.tracing import Span, StageTime, Tracer
from shared.settings import ServiceSettings
from shared.tracing import UNTRACED

if TYPE_CHECKING:
    from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
    from aws_xray_sdk.core.models.segment import Segment

_TRACE_ID = re.compile("1-[0-9a-f]{8}-[0-9a-f]{24}")
_SEGMENT_ID = re.compile("[0-9a-f]{16}")
_MOST_HEADER_CHARACTERS = 256
"""Callers may send a header; ours take 75."""

_log = get_logger(__name__)


def make_tracer(settings: ServiceSettings, service: str) -> Tracer:
    """The tracer that the environment asks for: none without ``AWS_XRAY_DAEMON_ADDRESS``."""
    if settings.aws_xray_daemon_address is None:
        return UNTRACED
    return XRayTracer(service, settings.aws_xray_daemon_address, share=settings.trace_share)


class XRayTracer:
    """A ``Tracer``. Thread-safe; a span belongs to one thread or task at a time.

    ``share`` (0-1) of the traces that begin here are sampled; a trace that came from elsewhere was decided
    upon there. What fails is sent all the same: alone, if the rest of its trace is not.
    """

    def __init__(
        self,
        service: str,
        daemon_address: str,
        *,
        share: float,
        roll: Callable[[], float] = random.random,
    ) -> None:
        from aws_xray_sdk.core import xray_recorder
        from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter

        xray_recorder.emitter._socket.close()  # it opens one with the import, and nobody here uses it
        self._name = f"escriba-{service}"
        self._emitter: UDPEmitter = UDPEmitter(daemon_address)
        self._share = share
        self._roll = roll

    @contextmanager
    def span(self, header: str | None = None) -> Iterator[Span]:
        """Send the segment when the block ends, however it ends."""
        from aws_xray_sdk.core.models.segment import Segment

        segment = Segment(self._name, sampled=self._roll() < self._share)
        span = _XRaySpan(segment)
        span.join(header)
        try:
            yield span
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        finally:
            self._send(span)

    def close(self) -> None:
        """Let go of the socket, which a process otherwise keeps to its end: the SDK has no way to."""
        self._emitter._socket.close()

    def _send(self, span: _XRaySpan) -> None:
        try:
            segment = span.finished()
            if segment.sampled or span.failed:
                self._emitter.send_entity(segment)
        except Exception:
            _log.warning("a trace could not be sent", exc_info=True)


class _XRaySpan:
    def __init__(self, segment: Segment) -> None:
        self.failed = False
        self._segment = segment
        self._belongs = False
        self._sources: list[Callable[[], Iterable[StageTime]]] = []

    @property
    def header(self) -> str | None:
        from aws_xray_sdk.core.models.trace_header import TraceHeader

        self._belongs = True  # whoever is told belongs to this trace: it can't become another any more
        segment = self._segment
        text: str = TraceHeader(segment.trace_id, segment.id, segment.sampled).to_header_str()
        return text

    def join(self, header: str | None) -> None:
        from aws_xray_sdk.core.models.trace_header import TraceHeader

        if self._belongs or not header or len(header) > _MOST_HEADER_CHARACTERS:
            return
        told = TraceHeader.from_header_str(header)
        if not _TRACE_ID.fullmatch(told.root or ""):
            return
        self._belongs = True
        self._segment.trace_id = told.root
        if _SEGMENT_ID.fullmatch(told.parent or ""):
            self._segment.parent_id = told.parent
        if told.sampled in (0, 1):
            self._segment.sampled = bool(told.sampled)

    def annotate(self, **facts: str | float | bool) -> None:
        for name, value in facts.items():
            self._segment.put_annotation(name, value)

    def describe_call(self, *, method: str, route: str, status: int) -> None:
        self._segment.put_http_meta("method", method)
        self._segment.put_http_meta("url", route)
        self._segment.put_http_meta("status", status)
        self.failed = self.failed or status >= 500

    def fail(self, reason: str) -> None:
        self.failed = True
        self._segment.add_fault_flag()
        self.annotate(reason=reason)

    def ask_for_stages(self, source: Callable[[], Iterable[StageTime]]) -> None:
        self._sources.append(source)

    def finished(self) -> Segment:
        """The segment, ended, with a subsegment for each stage."""
        from aws_xray_sdk.core.models.subsegment import Subsegment

        for stage in (stage for source in self._sources for stage in source()):
            part = Subsegment(stage.name, "local", self._segment)
            part.start_time = stage.started_at
            self._segment.add_subsegment(part)
            part.put_annotation("busy_ms", round(stage.busy_ms, 1))
            part.close(stage.ended_at)
        self._segment.close()
        return self._segment
