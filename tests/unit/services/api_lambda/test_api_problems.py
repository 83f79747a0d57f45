import io
import json
import logging

import pytest
import structlog

from shared.domain.errors import TransientError
from shared.domain.ids import is_id
from shared.log import configure_logging
from shared.testing.job_store import InMemoryJobStore

JSON = {"Content-Type": "application/json"}


class FailingJobStore(InMemoryJobStore):
    """A store whose reads raise what it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def list_for_user(self, *_args, **_kwargs):
        raise self._error


@pytest.fixture
def log_stream():
    """What is logged, with the process's logging put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("api", "INFO", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def our_lines(stream: io.StringIO) -> list[dict]:
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in lines if line["logger"].startswith("services.")]


def lines_of(stream: io.StringIO, event: str) -> list[dict]:
    return [line for line in our_lines(stream) if line["event"] == event]


def assert_problem(answer, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["type"] == f"urn:escriba:problem:{code}"
    assert body["title"]
    assert body["detail"].endswith(".")
    assert body["requestId"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b'{"a": 1}}', b"\xff\xfe\x00", b"[" * 4000, b'{"upload": NaN'],
    ids=["empty", "open", "quotes", "twice", "not-utf-8", "deep", "cut"],
)
def test_a_body_that_is_not_json_is_a_problem_of_the_caller(client, body):
    answer = client.post("/v1/transcriptions", content=body, headers=JSON)

    if body:
        assert_problem(answer, 400, "malformed-json")
    else:
        assert_problem(answer, 422, "invalid-request")


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "7"])
def test_json_that_is_no_object_is_refused_with_a_hint(client, body):
    answer = client.post("/v1/transcriptions", content=body, headers=JSON)

    assert_problem(answer, 422, "invalid-request")
    assert answer.json()["errors"] == [
        {"field": "body", "message": "must be a JSON object, sent as application/json"}
    ]


def test_a_body_that_does_not_say_it_is_json_is_refused_with_a_hint(client):
    answer = client.post("/v1/transcriptions", content=b"{}", headers={"Content-Type": "text/plain"})

    assert "application/json" in answer.json()["detail"]


def test_the_answer_to_a_thousand_unknown_fields_stays_short(client):
    answer = client.post("/v1/transcriptions", json={f"f{n}": 1 for n in range(300)})

    assert_problem(answer, 422, "invalid-request")
    assert len(answer.json()["errors"]) == 20


def test_a_field_name_that_is_half_a_character_is_answered(client):
    answer = client.post("/v1/transcriptions", content=b'{"\\ud83d": 1}', headers=JSON)

    assert_problem(answer, 422, "invalid-request")


def test_a_body_over_the_limit_is_refused(client):
    assert_problem(
        client.post("/v1/transcriptions", content=b" " * 4097, headers=JSON), 413, "body-too-large"
    )


def test_a_body_over_the_limit_is_refused_when_it_does_not_say_how_long_it_is(client):
    answer = client.post("/v1/transcriptions", content=iter([b" " * 1000] * 5), headers=JSON)

    assert_problem(answer, 413, "body-too-large")


def test_a_body_in_pieces_under_the_limit_arrives_whole(client):
    body = b'{"filename": "a.mp3", "contentType": "audio/mpeg", "size": 5}'

    answer = client.post("/v1/upload/presign", content=iter([body[:10], body[10:]]), headers=JSON)

    assert answer.status_code == 200


def test_a_route_that_does_not_exist_is_not_found(client):
    assert_problem(client.get("/v1/nothing"), 404, "not-found")


def test_a_method_that_a_route_does_not_take_is_refused_with_those_it_takes(client):
    answer = client.put("/v1/jobs")

    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_fault_of_ours_is_logged_with_its_call_and_leaks_nothing(world, make_client, log_stream):
    world.jobs = FailingJobStore(RuntimeError("secret table name"))

    answer = make_client().get("/v1/jobs")

    assert_problem(answer, 500, "internal-error")
    assert "secret" not in answer.text
    (line,) = lines_of(log_stream, "call failed")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "secret table name" in line["exception"]


def test_an_outage_behind_the_api_asks_to_try_again(world, make_client, log_stream):
    world.jobs = FailingJobStore(TransientError("throttled"))

    answer = make_client().get("/v1/jobs")

    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "throttled" not in answer.text
    (line,) = lines_of(log_stream, "unavailable")
    assert line["request_id"] == answer.headers["X-Request-Id"]


def test_every_answer_is_named_and_kept_out_of_caches(client):
    answers = [client.get("/v1/health"), client.get("/v1/nothing"), client.get("/v1/jobs")]

    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3
    for answer in answers:
        assert is_id(answer.headers["X-Request-Id"])
        assert answer.headers["Cache-Control"] == "no-store"


def test_each_call_is_one_log_line_with_its_route_and_its_caller(client, log_stream):
    answer = client.get("/v1/jobs/01KAGZ4Q8B5W2J0T3X9V6M7N1C")

    (line,) = lines_of(log_stream, "request")
    expected = {
        "method": "GET",
        "route": "/v1/jobs/{jobId}",
        "status": 404,
        "ms": 0.0,
        "user_id": "user-1",
        "request_id": answer.headers["X-Request-Id"],
    }
    assert expected.items() <= line.items()


def test_no_log_line_holds_a_link_or_a_key(client, anonymous, log_stream):
    anonymous.get("/v1/links/secret-token")
    anonymous.get("/v1/lnks/secret-token")
    client.get("/v1/jobs")

    assert len(lines_of(log_stream, "request")) == 3
    assert "secret-token" not in str(our_lines(log_stream))
    assert "key-of-user-1" not in str(our_lines(log_stream))
