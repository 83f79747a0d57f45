"""Idempotency-Key: what is sent twice is done once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from services.api_lambda.app import ROUTES
from services.api_lambda.idempotency import LEASE_SECONDS, IdempotentRoute
from shared.domain.api_keys import hash_api_key
from shared.domain.errors import TransientError
from shared.domain.jobs import JobStatus
from shared.testing.idempotency_store import InMemoryIdempotencyStore
from shared.testing.job_store import InMemoryJobStore

UPLOAD = {"upload": {"filename": "interview.mp3", "contentType": "audio/mpeg", "size": 500_000}}


def ask(client, body=UPLOAD, *, key="k-1", path="/v1/transcriptions"):
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def jobs_of(client):
    return client.get("/v1/jobs").json()["jobs"]


def test_every_post_heeds_the_key():
    posts = [route for route in ROUTES if "POST" in route.methods]
    assert len(posts) >= 3
    assert [route.path for route in posts if not isinstance(route, IdempotentRoute)] == []


def test_the_same_request_gets_the_same_answer_and_makes_one_job(world, client):
    first, second = ask(client), ask(client)

    assert (second.status_code, second.content) == (202, first.content)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert [job["id"] for job in jobs_of(client)] == [first.json()["jobId"]]


def test_fifty_parallel_requests_make_exactly_one_job(client):
    with ThreadPoolExecutor(50) as threads:
        answers = [future.result() for future in [threads.submit(ask, client) for _ in range(50)]]

    assert {answer.status_code for answer in answers} <= {202, 409}
    bodies = {answer.content for answer in answers if answer.status_code == 202}
    assert len(bodies) == 1
    assert len(jobs_of(client)) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "request-in-progress"
            assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/transcriptions", {**UPLOAD, "language": "es"}),
        ("/v1/transcriptions?x=1", UPLOAD),
        ("/v1/upload/presign", UPLOAD["upload"]),
    ],
)
def test_the_key_of_another_request_is_refused(client, path, body):
    ask(client)

    answer = ask(client, body, path=path)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert len(jobs_of(client)) == 1


def test_keys_of_two_users_never_meet(client, stranger):
    assert ask(client).status_code == ask(stranger).status_code == 202
    assert len(jobs_of(client)) == len(jobs_of(stranger)) == 1


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "x" * 256, "naïve".encode().decode("latin-1"), "tab\t", "\x7f"]
)
def test_a_key_that_is_none_is_refused(client, key):
    answer = client.post(
        "/v1/transcriptions", json=UPLOAD, headers={"Idempotency-Key": key.encode("latin-1")}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-invalid")


def test_a_refused_request_leaves_its_key_free(client):
    for body in ({}, {"upload": {**UPLOAD["upload"], "contentType": "text/plain"}}):
        assert ask(client, body).status_code in (415, 422)

    assert ask(client).status_code == 202


def test_after_a_day_the_key_is_free_again(world, client):
    first = ask(client)
    world.clock.advance(86_400)

    assert ask(client).json()["jobId"] != first.json()["jobId"]


class FailsAfterwards(InMemoryJobStore):
    """Makes a job, and then loses the answer, once."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 1

    def create(self, job):
        super().create(job)
        if self.failures:
            self.failures -= 1
            raise TransientError("the answer got lost")


def test_a_try_that_failed_half_way_is_finished_by_the_next_with_the_same_job(world, make_client):
    world.jobs = FailsAfterwards()
    client = make_client()
    assert ask(client).status_code == 503
    world.clock.advance(1)

    answer = ask(client)

    assert answer.status_code == 202
    (job,) = jobs_of(client)
    assert job["id"] == answer.json()["jobId"]
    assert world.files.get(job["inputFile"]["fileId"]).awaiting_job_ids == {job["id"]}


def test_a_try_whose_job_expired_meanwhile_is_refused_and_the_next_makes_a_new_job(world, make_client):
    world.jobs = FailsAfterwards()
    client = make_client()
    assert ask(client).status_code == 503
    (died,) = jobs_of(client)
    world.jobs.expire(died["id"], now=world.clock.now())
    world.clock.advance(1)

    refused = ask(client)

    assert (refused.status_code, refused.json()["code"]) == (410, "upload-expired")
    made = ask(client)
    assert made.status_code == 202
    assert made.json()["status"] == "pending"
    assert made.json()["jobId"] != died["id"]


class DiesBeforeSettling(InMemoryIdempotencyStore):
    """A process that dies between its effect and the record of it."""

    def settle(self, claim, answer):
        raise TransientError("no connection")


def test_an_answer_that_was_not_kept_is_made_again_for_the_same_job(world, make_client):
    world.idempotency = DiesBeforeSettling()
    client = make_client()
    first = ask(client)
    assert first.status_code == 202
    assert ask(client).json()["code"] == "request-in-progress"

    world.clock.advance(LEASE_SECONDS)

    assert ask(client).json()["jobId"] == first.json()["jobId"]
    assert [job["status"] for job in jobs_of(client)] == [JobStatus.PENDING.lower()]


def test_a_new_keys_secret_is_not_kept_for_the_repeated_answer(world, client):
    make = partial(ask, client, {"name": "import"}, path="/v1/keys")
    first, second = make().json(), make().json()

    secret = first.pop("key")
    assert second == {**first, "key": None}
    assert world.keys.get(hash_api_key(secret)) is not None
    assert len(client.get("/v1/keys").json()["keys"]) == 2  # that of the client, and one
