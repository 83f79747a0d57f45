import pytest

from services.api_lambda.app import ROUTES
from services.api_lambda.caller import _reader, _writer
from shared.domain.api_keys import Scope
from shared.testing.clock import START

A_JOB = "01KAGZ4Q8B5W2J0T3X9V6M7N1C"
ANYONE = {
    ("GET", "/v1/health"),
    ("GET", "/v1/links/{token}"),
    ("HEAD", "/v1/links/{token}"),
    ("GET", "/v1/receipts/{receiptId}"),
    ("GET", "/api/v1/audio_clips/health"),
    ("GET", "/v1/health"),
    ("GET", "/v1/links/{token}"),
    ("HEAD", "/v1/links/{token}"),
}


def routes():
    for route in ROUTES:
        for method in sorted(route.methods):
            yield method, route.path, dependencies_of(route.dependant)


def dependencies_of(dependant):
    found = {dependant.call}
    for inner in dependant.dependencies:
        found |= dependencies_of(inner)
    return found


def test_every_route_says_who_may_call_it():
    assert len(list(routes())) > 10
    for method, path, dependencies in routes():
        looks = method in ("GET", "HEAD")
        expected = None if (method, path) in ANYONE else _reader if looks else _writer
        assert expected is None or expected in dependencies, (method, path)
        assert expected is not None or _reader not in dependencies, (method, path)


def guarded():
    return [
        (method, path) for method, path, _ in routes() if (method, path) not in ANYONE and method != "HEAD"
    ]


def test_a_call_without_credentials_is_told_how_to_send_them(world, anonymous):
    for method, path in guarded():
        answer = anonymous.request(method, path)

        assert (answer.status_code, answer.json()["code"]) == (401, "missing-credentials"), path
        assert "X-API-Key" in answer.json()["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("ApiKey")


@pytest.mark.parametrize("api_key", ["wrong", "k" * 5000, "ключ".encode().decode("latin-1")])
def test_a_key_that_is_not_known_is_refused(world, anonymous, api_key):
    for method, path in guarded():
        answer = anonymous.request(method, path, headers={"X-API-Key": api_key.encode("latin-1")})

        assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credentials"), path


def test_a_key_that_only_reads_changes_nothing_and_learns_nothing_by_trying(world, make_client):
    world.given_key("reader", scope=Scope.READ)
    client = make_client("reader")
    mine = world.given_job().job_id

    for method, path in guarded():
        if method == "GET":
            continue
        for job_id in (mine, A_JOB):
            answer = client.request(method, path.replace("{jobId}", job_id))
            assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope"), path
    assert client.get(f"/v1/jobs/{mine}").status_code == 200


def test_a_key_that_was_found_is_not_looked_up_again_for_a_minute(world, client):
    for _ in range(5):
        assert client.get("/v1/jobs").status_code == 200
    assert world.keys.lookups == 1

    world.clock.advance(60)
    assert client.get("/v1/jobs").status_code == 200
    assert world.keys.lookups == 2


def test_a_key_made_a_moment_ago_works_at_once(world, make_client):
    client = make_client("new-key")
    assert client.get("/v1/jobs").status_code == 401

    world.given_key("new-key")

    assert client.get("/v1/jobs").status_code == 200


def test_a_key_ends_when_it_expires_though_it_is_remembered(world, make_client):
    world.given_key("short", expires_at=START.replace(second=30))
    client = make_client("short")
    assert client.get("/v1/jobs").status_code == 200

    world.clock.advance(30)

    assert client.get("/v1/jobs").json()["code"] == "invalid-credentials"


def test_a_key_works_as_a_bearer_token_as_well(world, anonymous):
    world.given_key("escriba_x")

    answer = anonymous.get("/v1/jobs", headers={"Authorization": "Bearer escriba_x"})

    assert answer.status_code == 200


def test_the_use_of_a_key_is_noted_to_the_minute(world, client):
    client.get("/v1/jobs")
    world.clock.advance(61)
    client.get("/v1/jobs")

    assert world.keys.list("user-1")[0].last_used_at == world.clock.now()


def test_health_and_the_document_need_no_key(anonymous):
    for path in ("/v1/health", "/openapi.json", "/docs"):
        assert anonymous.get(path).status_code == 200
