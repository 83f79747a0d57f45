"""What processes call is written down where they call it, and summed by who called what."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.calls.call import Call, Usage, read_calls, usage_by
from benchmarks.calls.recorder import CallRecorder

SEND = SimpleNamespace(name="SendMessage", service_model=SimpleNamespace(service_name="sqs"))
RECEIVE = SimpleNamespace(name="ReceiveMessage", service_model=SimpleNamespace(service_name="sqs"))


def call(operation: str = "PutItem", **changes: object) -> Call:
    fields = {"process": "notifier", "service": "dynamodb", "began_at": 10.0, "took_ms": 2.0, **changes}
    return Call(operation=operation, **fields)


def test_a_recorder_writes_what_botocore_tells_of_a_call() -> None:
    lines = io.StringIO()
    recorder = CallRecorder(lines, "notifier")
    context: dict[str, object] = {}
    recorder.note_start(context=context, model=RECEIVE)
    recorder.note_end(
        context=context,
        model=RECEIVE,
        parsed={"Messages": [{}, {}], "ResponseMetadata": {"RetryAttempts": 2}},
    )
    noted = Call(*json.loads(lines.getvalue()))
    assert (noted.process, noted.service, noted.operation) == ("notifier", "sqs", "ReceiveMessage")
    assert (noted.requests, noted.messages) == (3, 2)
    assert noted.took_ms >= 0


def test_a_call_without_an_answer_is_written_too() -> None:
    lines = io.StringIO()
    recorder = CallRecorder(lines, "transcriber")
    context: dict[str, object] = {}
    recorder.note_start(context=context, model=SEND)
    recorder.note_error(context=context, exception=OSError())
    assert Call(*json.loads(lines.getvalue())).operation == "SendMessage"


def test_only_calls_between_the_two_times_are_read_and_no_half_line(tmp_path: Path) -> None:
    lines = "".join(call(began_at=at).to_line() for at in (1.0, 2.0, 3.0))
    (tmp_path / "api-1.jsonl").write_text(lines + call(began_at=2.5).to_line()[:-5])
    assert [noted.began_at for noted in read_calls(tmp_path, since=1.5, until=2.9)] == [2.0]


def test_usage_is_summed_by_the_fields_that_are_named() -> None:
    calls = [call(), call(requests=2), call("GetItem", took_ms=7.0), call(process="api", service="s3")]
    assert usage_by(calls, "service") == {("dynamodb",): Usage(4, 11.0), ("s3",): Usage(1, 2.0)}
    assert usage_by(calls, "process", "operation")["notifier", "PutItem"] == Usage(3, 4.0)


@pytest.mark.parametrize(
    ("operation", "messages", "empty"),
    [("ReceiveMessage", 0, True), ("ReceiveMessage", 3, False), ("SendMessage", 0, False)],
)
def test_only_a_receive_can_be_empty(operation: str, messages: int, empty: bool) -> None:
    assert call(operation, messages=messages).is_empty_receive is empty
