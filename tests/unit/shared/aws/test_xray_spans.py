"""What the X-Ray daemon is told, and what it is not."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing

import pytest

from shared.aws.tracing import XRayTracer, make_tracer
from shared.ports.tracing import StageTime
from shared.settings import ServiceSettings, SettingsError, load_settings
from shared.testing.waiting import wait_until
from shared.tracing import UNTRACED
from tests.support.xray_daemon import running_daemon

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"


@pytest.fixture
def daemon():
    with running_daemon() as daemon:
        yield daemon


@pytest.fixture
def tracer(daemon):
    """Makes tracers whose dice always say a half."""
    with ExitStack() as stack:

        def make(*, share=1.0) -> XRayTracer:
            return stack.enter_context(
                closing(XRayTracer("transcriber", daemon.address, share=share, roll=lambda: 0.5))
            )

        yield make


def segment(daemon):
    return wait_until(lambda: daemon.segments)[0]


def test_a_span_of_nobody_begins_a_trace(daemon, tracer):
    with tracer().span() as span:
        span.annotate(job_id="01K", user_id="ana", receive_count=2)
    sent = segment(daemon)
    assert sent["name"] == "escriba-transcriber"
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", sent["trace_id"])
    assert sent["annotations"] == {"job_id": "01K", "user_id": "ana", "receive_count": 2}
    assert "parent_id" not in sent
    assert sent["start_time"] <= sent["end_time"]


def test_a_span_goes_on_with_the_trace_that_it_is_told_of(daemon, tracer):
    with tracer(share=0).span(f"Root={TRACE};Parent={PARENT};Sampled=1") as span:
        header = span.header
    sent = segment(daemon)
    assert (sent["trace_id"], sent["parent_id"]) == (TRACE, PARENT)
    assert header == f"Root={TRACE};Parent={sent['id']};Sampled=1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Root",
        "Root=1;Parent=2;Sampled=3",
        "=;=;=",
        "Root=../../etc/passwd",
        "Root=" + "1" * 100_000,
        f"Root={TRACE}\n;Sampled=0",
        "Sampled=0",
    ],
    ids=["empty", "no value", "too short", "bare", "path", "long", "line feed", "no root"],
)
def test_a_header_that_says_nothing_begins_a_trace(daemon, tracer, header):
    with tracer().span(header):
        pass
    assert segment(daemon)["trace_id"] != TRACE


@pytest.mark.parametrize(
    ("header", "share"),
    [(None, 0.5), (f"Root={TRACE};Sampled=0", 1.0)],
    ids=["begun here", "decided elsewhere"],
)
def test_what_is_not_sampled_is_not_sent_and_the_next_is_told_so(daemon, tracer, header, share):
    with tracer(share=share).span(header) as span:
        assert span.header.endswith(";Sampled=0")
    with tracer().span() as span:
        span.annotate(last=True)
    assert segment(daemon)["annotations"] == {"last": True}


def test_what_fails_is_sent_though_its_trace_is_not_sampled(daemon, tracer):
    with pytest.raises(KeyError), tracer().span(f"Root={TRACE};Sampled=0"):
        raise KeyError("what somebody said")
    sent = segment(daemon)
    assert sent["fault"] is True
    assert sent["annotations"] == {"reason": "KeyError"}
    assert "what somebody said" not in str(sent)


def test_stages_are_subsegments_with_their_busy_time(daemon, tracer):
    with tracer().span() as span:
        span.ask_for_stages(lambda: [StageTime("decode", 10.0, 20.5, 1234.56)])
        span.ask_for_stages(lambda: [StageTime("store", 20.5, 21.0, 500)])
    decode, store = segment(daemon)["subsegments"]
    assert (decode["name"], decode["start_time"], decode["end_time"]) == ("decode", 10.0, 20.5)
    assert decode["annotations"] == {"busy_ms": 1234.6}
    assert store["name"] == "store"


def test_a_call_is_described_without_its_path(daemon, tracer):
    with tracer().span() as span:
        span.describe_call(method="GET", route="/v1/links/{token}", status=503)
    sent = segment(daemon)
    assert sent["http"] == {
        "request": {"method": "GET", "url": "/v1/links/{token}"},
        "response": {"status": 503},
    }
    assert sent["fault"] is True


def test_a_trace_once_told_to_others_does_not_change(daemon, tracer):
    with tracer().span() as span:
        told = span.header
        span.join(f"Root={TRACE};Sampled=1")
        assert span.header == told


def test_stages_that_can_not_be_had_do_not_stop_the_work(daemon, tracer):
    def broken():
        raise RuntimeError

    with tracer().span() as span:
        span.ask_for_stages(broken)


def test_nobody_listening_is_no_trouble():
    with running_daemon() as daemon:
        address = daemon.address
    with closing(XRayTracer("api", address, share=1)) as silent:
        for _ in range(3):
            with silent.span():
                pass


def test_without_an_address_nothing_is_traced(monkeypatch):
    monkeypatch.setenv("JOB_TABLE_NAME", "jobs")
    assert make_tracer(load_settings(ServiceSettings), "api") is UNTRACED


@pytest.mark.parametrize("address", ["nowhere", "host:", ":2000", "udp:1.2.3.4:5"])
def test_an_address_that_is_none_ends_the_start_with_a_sentence(monkeypatch, address):
    monkeypatch.setenv("JOB_TABLE_NAME", "jobs")
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    with pytest.raises(SettingsError, match="AWS_XRAY_DAEMON_ADDRESS"):
        load_settings(ServiceSettings)


def test_the_double_form_of_an_address_is_taken(daemon, tracer, monkeypatch):
    monkeypatch.setenv("JOB_TABLE_NAME", "jobs")
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"tcp:127.0.0.1:1 udp:{daemon.address}")
    monkeypatch.setenv("TRACE_SHARE", "1")
    with closing(make_tracer(load_settings(ServiceSettings), "api")) as made, made.span():
        pass
    assert segment(daemon)["name"] == "escriba-api"
