"""``make bench-api``: rounds of every call in turn, so that a busy machine is busy for all of them alike.

Even so, who waits for another thread or process waits longer there: hence, beside what the clock says, the
processor time that the server takes for a request, and a cold start.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
from rich.console import Console

from benchmarks.api.load import Call, Figures, measure, one_answer
from local import lifeline
from local.command_line import load_options
from local.environment import CHECKOUT, base_environment
from local.options import MakeOptions
from local.report import Measurement, at_least, at_most, report_document, report_table, write_report

ROUNDS = 5
SECONDS_A_ROUND = 1.0
COLD_STARTS = 5
UPLOAD = b'{"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000}'

COLD_START = """
import time
began = time.perf_counter()
from services.api_lambda.handlers import api_handler
http = {"method": "GET", "path": "/v1/health", "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"}
event = {
    "version": "2.0", "rawPath": "/v1/health", "rawQueryString": "", "headers": {},
    "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False,
}
assert api_handler(event, None)["statusCode"] == 200
print(time.perf_counter() - began, time.process_time())
"""
"""Prints the seconds that it took, and the processor's, with what Python itself takes to start."""


@contextmanager
def _server() -> Iterator[dict[str, Any]]:
    process = subprocess.Popen(  # noqa: S603 - our own module
        lifeline.command("benchmarks.api.server"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=base_environment(),
        cwd=CHECKOUT,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        where: dict[str, Any] = json.loads(process.stdout.readline())
        _wait_for(where["port"])
        yield {**where, "pid": process.pid}
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server does not listen")


def _calls(where: dict[str, Any]) -> dict[str, Call]:
    key = {"X-API-Key": where["key"]}
    return {
        "bare": Call("GET", f"/bare/{where['job_id']}", {}),
        "status": Call("GET", f"/v1/jobs/{where['job_id']}", key),
        "list": Call("GET", "/v1/jobs", key),
        "presign": Call("POST", "/v1/upload/presign", key, UPLOAD),
        "refused": Call("GET", f"/v1/jobs/{where['job_id']}", {"Authorization": "Bearer a.b.c"}),
    }


@dataclass(frozen=True)
class _Round:
    """What one round of one call gave; ``processor_ms`` is what a request took of the server's."""

    figures: Figures
    processor_ms: float


def _rounds(where: dict[str, Any], calls: dict[str, Call]) -> dict[str, list[_Round]]:
    found: dict[str, list[_Round]] = {name: [] for name in calls}
    server = psutil.Process(where["pid"])
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            began = _processor_seconds(server)
            figures = measure(where["port"], call, seconds=SECONDS_A_ROUND)
            took = _processor_seconds(server) - began
            if number:  # the first round warms up
                found[name].append(_Round(figures, took * 1000 / figures.requests))
    return found


def _processor_seconds(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)


def _reads_of(port: int, call: Call) -> int:
    """How many jobs are read for one call."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        count = Call("GET", "/reads", {}).to_bytes()
        before = int(one_answer(connection, count)[1])
        one_answer(connection, call.to_bytes())
        return int(one_answer(connection, count)[1]) - before


def _cold_start_seconds() -> tuple[float, float]:
    environment = {
        **base_environment(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "JOB_TABLE_NAME": "jobs",
        "AUDIO_BUCKET_NAME": "audio",
        "TRANSCRIPT_BUCKET_NAME": "transcripts",
        "TRANSCRIPTION_QUEUE_URL": "https://sqs.example/transcription",
        "TRANSCRIPTION_PRIORITY_QUEUE_URL": "https://sqs.example/transcription-priority",
        "CONVERSION_QUEUE_URL": "https://sqs.example/conversion",
        "CONVERSION_PRIORITY_QUEUE_URL": "https://sqs.example/conversion-priority",
        "NOTIFICATION_QUEUE_URL": "https://sqs.example/notification",
        "LINK_SIGNING_KEY": "k" * 32,
    }
    command = [sys.executable, "-c", COLD_START]
    run = subprocess.run(  # noqa: S603 - our own program
        command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    took, of_processor = run.stdout.splitlines()[-1].split()
    return float(took), float(of_processor)


def measurements() -> list[Measurement]:
    """Every figure."""
    with _server() as where:
        calls = _calls(where)
        rounds = _rounds(where, calls)
        reads = {name: _reads_of(where["port"], calls[name]) for name in ("status", "refused")}
    cold_starts = [_cold_start_seconds() for _ in range(COLD_STARTS)]
    found = [Measurement("bare FastAPI route", round(_rate(rounds["bare"])), "requests/s")]
    for name in ("status", "list", "presign", "refused"):
        found += _beside_bare(name, rounds[name], rounds["bare"])
    found += [
        at_most("jobs read for a status", reads["status"], "", 1),
        at_most("jobs read for a refused token", reads["refused"], "", 0),
        at_most("cold start", round(median(took for took, _ in cold_starts), 2), "s", 1.5),
        Measurement("cold start, processor time", round(median(of for _, of in cold_starts), 2), "s"),
    ]
    return found


def _beside_bare(name: str, ours: list[_Round], bare: list[_Round]) -> list[Measurement]:
    pairs = list(zip(ours, bare, strict=True))
    by_clock = median(a.figures.requests_per_second / b.figures.requests_per_second for a, b in pairs)
    by_processor = median(b.processor_ms / a.processor_ms for a, b in pairs)
    ratio = f"{name}: ratio to bare"
    return [
        Measurement(name, round(_rate(ours)), "requests/s"),
        at_least(ratio, round(by_clock, 2), "", 0.5)
        if name == "status"
        else Measurement(ratio, round(by_clock, 2), ""),
        Measurement(f"{ratio}, by processor time", round(by_processor, 2), ""),
        Measurement(f"{name}: p50", round(median(one.figures.p50_ms for one in ours), 1), "ms"),
        at_most(f"{name}: p99", round(median(one.figures.p99_ms for one in ours), 1), "ms", 500),
    ]


def _rate(rounds: list[_Round]) -> float:
    return median(one.figures.requests_per_second for one in rounds)


def main() -> None:
    """Measure, show, store; status 1 if a goal is missed."""
    load_options(MakeOptions, "bench-api")
    os.chdir(CHECKOUT)
    found = measurements()
    console = Console()
    console.print(report_table(found, "The API"))
    console.print(f"written to {write_report(report_document('bench-api', found))}")
    sys.exit(1 if any(figure.holds is False for figure in found) else 0)
