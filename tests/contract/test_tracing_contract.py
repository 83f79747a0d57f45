"""Traces: spans find together by what they tell each other, and never stand in the work's way."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from shared.aws.tracing import XRayTracer
from shared.ports.tracing import StageTime, Tracer
from shared.testing.tracing import RecordingTracer
from shared.testing.waiting import wait_until
from tests.support.xray_daemon import running_daemon


@dataclass(frozen=True)
class Ended:
    """What is known of a span afterwards."""

    trace: str
    parent: str | None
    failed: bool
    stages: list[str]


@dataclass
class TracerUnderTest:
    """A tracer, the spans that ended (once there are as many), and how to read a header."""

    tracer: Tracer
    ended: Callable[[int], list[Ended]]
    trace_in: Callable[[str], str]


@pytest.fixture(params=["fake", "x-ray"])
def traces(request):
    if request.param == "fake":
        fake = RecordingTracer()
        yield TracerUnderTest(
            fake,
            lambda _count: [
                Ended(s.trace, s.parent, s.failed is not None, [stage.name for stage in s.stages])
                for s in fake.spans
            ],
            lambda header: header.split("/")[0],
        )
        return
    with running_daemon() as daemon, closing(XRayTracer("x", daemon.address, share=1)) as tracer:

        def ended(count: int) -> list[Ended]:
            wait_until(lambda: len(daemon.segments) >= count)
            return [
                Ended(
                    segment["trace_id"],
                    segment.get("parent_id"),
                    segment.get("fault", False),
                    [stage["name"] for stage in segment.get("subsegments", [])],
                )
                for segment in daemon.segments
            ]

        yield TracerUnderTest(tracer, ended, lambda header: re.search("Root=([^;]+)", header)[1])


def test_a_span_that_is_told_of_another_is_its_child(traces):
    with traces.tracer.span() as parent:
        header = parent.header
    with traces.tracer.span(header):
        pass
    first, second = traces.ended(2)
    assert first.trace == second.trace == traces.trace_in(header)
    assert first.parent is None
    assert second.parent is not None


def test_two_spans_that_nobody_told_anything_are_two_traces(traces):
    for _ in range(2):
        with traces.tracer.span():
            pass
    first, second = traces.ended(2)
    assert first.trace != second.trace


def test_a_span_may_learn_later_where_it_belongs_but_only_once(traces):
    with traces.tracer.span() as one, traces.tracer.span() as other:
        headers = one.header, other.header
    with traces.tracer.span() as late:
        for header in headers:
            late.join(header)
        assert traces.trace_in(late.header) == traces.trace_in(headers[0])


def test_nothing_to_join_changes_nothing(traces):
    with traces.tracer.span() as span:
        span.join(None)
    assert traces.ended(1)[0].parent is None


def test_an_exception_passes_through_and_fails_the_span_whose_stages_are_kept(traces):
    def work(span):
        span.ask_for_stages(lambda: [StageTime("decode", 1, 2, 3)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), traces.tracer.span() as span:
        work(span)
    [ended] = traces.ended(1)
    assert ended.failed
    assert ended.stages == ["decode"]


def test_what_is_said_of_a_span_disturbs_nobody(traces):
    with traces.tracer.span() as span:
        span.annotate(job_id="01K", chunk=3, share=0.5, last=True)
        span.describe_call(method="GET", route="/v1/jobs", status=200)
    assert not traces.ended(1)[0].failed
