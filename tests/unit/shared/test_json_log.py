"""Logs: one JSON line an event, with the job's context, and nothing that nobody asked to log."""

from __future__ import annotations

import io
import json
import logging
import threading

import pytest
import structlog
from pydantic import SecretStr

from shared.log import configure_logging, get_logger


@pytest.fixture
def stream():
    """What is logged, with the process's logging put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("transcriber", "INFO", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_service_level_logger_and_utc_time(stream):
    get_logger("shared.worker.loop").info("ready", slots=4)
    [line] = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "ready",
        "slots": 4,
        "service": "transcriber",
        "level": "info",
        "logger": "shared.worker.loop",
    }


def test_every_line_within_a_job_carries_the_job_those_of_libraries_included(stream):
    with structlog.contextvars.bound_contextvars(job_id="J", attempt=2):
        get_logger("ours").info("started")
        logging.getLogger("theirs").warning("took %d ms", 7)
    get_logger("ours").info("outside")
    ours, theirs, outside = lines(stream)
    assert (ours["job_id"], ours["attempt"]) == (theirs["job_id"], theirs["attempt"]) == ("J", 2)
    assert theirs["event"] == "took 7 ms"
    assert "job_id" not in outside


def test_jobs_at_work_side_by_side_keep_their_contexts_apart(stream):
    both_inside = threading.Barrier(2, timeout=10)

    def work(job_id: str) -> None:
        with structlog.contextvars.bound_contextvars(job_id=job_id):
            both_inside.wait()
            get_logger("ours").info("at work", expected=job_id)
            both_inside.wait()

    threads = [threading.Thread(target=work, args=(job_id,)) for job_id in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line["job_id"] for line in lines(stream)) == ["A", "B"]
    assert all(line["job_id"] == line["expected"] for line in lines(stream))


def test_an_error_is_one_line_with_its_traceback_but_not_the_local_variables(stream):
    def fail(api_key: str) -> None:
        raise ValueError("no such thing")

    try:
        fail("".join(("sesame", "-", "open")))
    except ValueError:
        get_logger("ours").warning("failed", exc_info=True)
        logging.getLogger("theirs").exception("failed")
    for line in lines(stream):
        assert "ValueError: no such thing" in line["exception"]
        assert "sesame-open" not in line["exception"]
    assert len(lines(stream)) == 2


def test_line_breaks_in_a_value_forge_no_line(stream):
    get_logger("ours").info("uploaded", name='a\n{"level": "error"}\r\n')
    [line] = lines(stream)
    assert line["name"] == 'a\n{"level": "error"}\r\n'


def test_a_secret_stays_masked(stream):
    get_logger("ours").info("settings", key=SecretStr("sesame-open"))
    assert "sesame-open" not in stream.getvalue()


def test_what_is_below_the_level_is_not_logged(stream):
    get_logger("ours").debug("detail")
    logging.getLogger("theirs").debug("detail")
    assert lines(stream) == []


def test_libraries_that_chatter_are_heard_only_from_warning_on(stream):
    logging.getLogger("botocore.credentials").info("Found credentials in environment variables.")
    logging.getLogger("botocore.endpoint").warning("retrying")
    assert [line["event"] for line in lines(stream)] == ["retrying"]
