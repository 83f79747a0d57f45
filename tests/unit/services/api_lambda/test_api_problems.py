import io
import json

import pytest

from shared.domain.errors import TransientError
from shared.domain.ids import is_id
from shared.testing.job_store import InMemoryJobStore

JSON = {"Content-Type": "application/json"}


class FailingJobStore(InMemoryJobStore):
    """A store whose reads raise what it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def list_for_user(self, *_args, **_kwargs):
        raise self._error


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
    answer = client.post("/v1/transcriptions", content=b" " * 4097, headers=JSON)

    assert_problem(answer, 413, "body-too-large")
    assert answer.json()["detail"] == "The request body is larger than 4 KiB."
    assert answer.json()["limitBytes"] == 4096


def test_a_file_over_the_limit_is_refused_with_the_limit_in_words_and_exactly(client):
    upload = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1_000_001}

    answer = client.post("/v1/upload/presign", json=upload)

    assert_problem(answer, 413, "file-too-large")
    assert answer.json()["detail"] == "The file is larger than 976.6 KiB."
    assert answer.json()["limitBytes"] == 1_000_000


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ({}, "The body must have either fileId or upload, and not both."),
        (
            {"upload": {"filename": "", "contentType": "a" * 101, "size": -1}},
            "The field upload.filename must have at least 1 character. "
            "The field upload.contentType must have at most 100 characters. "
            "The field upload.size must be at least 0.",
        ),
        (
            {"fileId": 7, "wordTimestamps": "yes", "task": "sing", "language": "klingon", "speed": 2},
            "The field fileId must be text. "
            "The field language must be auto or an ISO 639 code of a language this service knows, "
            "such as en or es. "
            "The field task must be 'transcribe' or 'translate'. "
            "The field wordTimestamps must be true or false. "
            "The field speed is not a field of this request.",
        ),
        (
            {"upload": {"filename": " ", "size": 1.5}},
            "The field upload.filename must not be blank. The field upload.contentType is required. "
            "The field upload.size must be a whole number.",
        ),
        ({"upload": []}, "The field upload must be an object."),
    ],
)
def test_what_is_wrong_with_each_field_is_a_sentence(client, body, sentences):
    detail = client.post("/v1/transcriptions", json=body).json()["detail"]

    assert detail == f"The request is not valid. {sentences}"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "The field limit must be at least 1."),
        ("limit=101", "The field limit must be at most 100."),
        ("limit=many", "The field limit must be a whole number."),
        (
            "status=done",
            "The field status must be 'pending', 'queued', 'processing', 'completed', 'failed', "
            "'cancelled' or 'expired'.",
        ),
        ("colour=blue", "The field colour is not a field of this request."),
    ],
)
def test_what_is_wrong_with_a_query_is_a_sentence(client, query, sentence):
    assert client.get(f"/v1/jobs?{query}").json()["detail"] == f"The request is not valid. {sentence}"


def test_problems_are_laid_out_as_other_answers_are(client):
    for answer in (client.get("/v1/jobs"), client.get("/v1/nothing")):
        assert answer.text == json.dumps(answer.json(), separators=(",", ":"))


def test_the_title_of_a_problem_is_english(client):
    answer = client.post("/v1/transcriptions", content=b"{", headers=JSON)

    assert answer.json()["title"] == "Malformed JSON"


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
