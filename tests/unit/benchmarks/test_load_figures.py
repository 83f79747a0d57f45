"""Figures of a load test: waits, percentiles, requests a job, memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.calls.call import Call
from benchmarks.chaos.caller import ReceivedMail
from benchmarks.load.figures import (
    calls_document,
    figures_of_calls,
    figures_of_wave,
    findings_of,
    messages_a_receive,
)
from benchmarks.load.memory import growth_mib, peak_mib, service_of
from benchmarks.load.run import mails_sent
from benchmarks.load.wave import Wave

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def mail(job_id: str, after_seconds: float, subject: str = "Transcript ready: a.wav") -> ReceivedMail:
    return ReceivedMail(f"{job_id}@{after_seconds}", job_id, subject, NOON + timedelta(seconds=after_seconds))


def wave(*jobs: str) -> Wave:
    began = NOON.timestamp()
    return Wave({job: NOON + timedelta(seconds=1) for job in jobs}, began_at=began, ended_at=began + 60)


def test_waits_run_from_the_last_byte_to_the_first_mail() -> None:
    found = findings_of("burst", wave("a", "b"), [mail("a", 3), mail("b", 5), mail("a", 4), mail("other", 2)])
    assert found.waits_seconds == [2.0, 4.0]
    assert (found.without_notice, found.doubled) == (0, 1)
    assert found.jobs_a_second == pytest.approx(2 / 5)
    waits = {figure.measure: figure.value for figure in figures_of_wave(found)}
    assert waits["burst: upload to notice, p50"] == 3.0
    assert waits["burst: upload to notice, p95"] == 3.9


def test_a_job_that_failed_or_was_never_told_of_counts_as_without_notice() -> None:
    found = findings_of("burst", wave("a", "b", "c"), [mail("a", 3, "Transcription failed"), mail("b", 5)])
    assert found.without_notice == 2
    assert [figure.holds for figure in figures_of_wave(found)[:2]] == [False, True]


def calls_of_two_jobs() -> list[Call]:
    return [
        Call("transcriber", "dynamodb", "UpdateItem", 1.0, 5.0),
        Call("transcriber", "dynamodb", "UpdateItem", 1.0, 5.0),
        Call("notifier", "dynamodb", "PutItem", 1.0, 5.0, requests=2),
        Call("transcriber", "sqs", "ReceiveMessage", 1.0, 5.0, messages=2),
        Call("transcriber", "sqs", "ReceiveMessage", 1.0, 5.0, messages=0),
    ]


def test_requests_a_job_leave_out_receives_that_brought_nothing() -> None:
    figures = {figure.measure: figure.value for figure in figures_of_calls(calls_of_two_jobs(), 2)}
    assert figures["dynamodb requests a job"] == 2.0
    assert figures["sqs requests a job"] == 0.5
    assert figures["s3 requests a job"] == 0
    assert figures["receives that brought nothing, a job"] == 0.5


def test_requests_are_told_by_process_and_operation() -> None:
    rows = calls_document(calls_of_two_jobs(), 2)
    assert rows[0] == {
        "process": "notifier",
        "service": "dynamodb",
        "operation": "PutItem",
        "requestsAJob": 1.0,
    }
    assert messages_a_receive(calls_of_two_jobs()) == 2.0
    assert messages_a_receive([]) == 0.0


def test_memory_grows_by_what_came_after_warming_up() -> None:
    series = [(float(second), mib) for second, mib in enumerate([10.0, 50.0, 51.0, 60.0, 52.0])]
    assert growth_mib(series) == 1.0
    assert peak_mib(series) == 60.0
    assert growth_mib(series[:2]) == 0.0


def test_a_process_is_named_after_the_module_that_it_runs() -> None:
    line = ["python", "-m", "local.lifeline", "benchmarks.calls"]
    assert service_of([*line, "services.transcriber"]) == "transcriber"
    assert service_of([*line, "local.router_poller"]) == "router_poller"
    assert service_of(["python", "-m", "local.lifeline", "ministack"]) == "emulator"


def test_mails_are_counted_once_and_only_when_their_line_is_whole(tmp_path: Path) -> None:
    line = Call("notifier", "ses", "SendEmail", 1.0, 5.0).to_line()
    log, sent = tmp_path / "notifier-1.jsonl", mails_sent(tmp_path)
    assert sent() == 0
    log.write_text(line + Call("notifier", "sqs", "DeleteMessage", 1.0, 5.0).to_line() + line[:9])
    assert sent() == 1
    with log.open("a") as file:
        file.write(line[9:])
    assert sent() == 2
