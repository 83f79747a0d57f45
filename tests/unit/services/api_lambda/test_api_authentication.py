import pytest

from shared.domain.users import hash_api_key

GUARDED = [
    ("POST", "/v1/upload/presign"),
    ("POST", "/v1/transcriptions"),
    ("GET", "/v1/jobs"),
    ("GET", "/v1/jobs/01KAGZ4Q8B5W2J0T3X9V6M7N1C"),
    ("GET", "/v1/jobs/01KAGZ4Q8B5W2J0T3X9V6M7N1C/download"),
    ("DELETE", "/v1/jobs/01KAGZ4Q8B5W2J0T3X9V6M7N1C"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_call_without_a_key_is_told_how_to_send_one(anonymous, method, path):
    answer = anonymous.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (401, "missing-credentials")
    assert "X-API-Key" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey")


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("api_key", ["wrong", "k" * 5000, "ключ".encode().decode("latin-1")])
def test_a_key_that_is_not_known_is_refused(make_client, method, path, api_key):
    answer = make_client(None).request(method, path, headers={"X-API-Key": api_key.encode("latin-1")})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credentials")


def test_a_key_that_was_found_is_not_looked_up_again_for_a_minute(world, client):
    for _ in range(5):
        assert client.get("/v1/jobs").status_code == 200
    assert world.users.lookups == 1

    world.clock.advance(60)
    assert client.get("/v1/jobs").status_code == 200
    assert world.users.lookups == 2


def test_a_key_made_a_moment_ago_works_at_once(world, make_client):
    client = make_client("new-key")
    assert client.get("/v1/jobs").status_code == 401

    world.users.put_key(hash_api_key("new-key"), "user-1")

    assert client.get("/v1/jobs").status_code == 200


def test_health_and_the_document_need_no_key(anonymous):
    for path in ("/v1/health", "/openapi.json", "/docs"):
        assert anonymous.get(path).status_code == 200
