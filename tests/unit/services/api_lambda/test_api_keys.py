from datetime import timedelta

import pytest

from shared.domain.api_keys import hash_api_key
from shared.ports.api_key_store import MAX_KEYS_A_USER
from shared.testing.clock import START


def made(client, **fields):
    answer = client.post("/v1/keys", json={"name": "nightly import", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_new_key_is_shown_once_and_stored_as_its_hash(world, client, make_client):
    key = made(client)

    assert key["key"].startswith("escriba_")
    assert key["key"].startswith(key["prefix"])
    assert len(key["prefix"]) == 12
    stored = world.keys.get(hash_api_key(key["key"]))
    assert key["key"] not in stored.model_dump_json()
    assert make_client(key["key"]).get("/v1/jobs").status_code == 200
    assert key["key"] not in client.get("/v1/keys").text


def test_keys_are_listed_with_what_tells_them_apart(world, client, make_client):
    world.clock.advance(3600)
    key = made(client, scope="read", expiresInDays=7)
    make_client(key["key"]).get("/v1/jobs")

    listed = next(entry for entry in client.get("/v1/keys").json()["keys"] if entry["id"] == key["id"])

    assert listed == {
        "id": key["id"],
        "name": "nightly import",
        "prefix": key["prefix"],
        "scope": "read",
        "createdAt": "2026-11-20T13:00:00.000Z",
        "expiresAt": "2026-11-27T13:00:00.000Z",
        "lastUsedAt": "2026-11-20T13:00:00.000Z",
    }


def test_a_revoked_key_opens_nothing_at_once(client, make_client):
    key = made(client)
    owner = make_client(key["key"])
    assert owner.get("/v1/jobs").status_code == 200

    assert owner.delete(f"/v1/keys/{key['id']}").status_code == 204

    assert owner.get("/v1/jobs").status_code == 401
    assert client.delete(f"/v1/keys/{key['id']}").status_code == 404


def test_anothers_key_is_neither_seen_nor_revoked(client, stranger, make_client):
    key = made(client)

    assert key["id"] not in stranger.get("/v1/keys").text
    assert stranger.delete(f"/v1/keys/{key['id']}").status_code == 404
    assert make_client(key["key"]).get("/v1/jobs").status_code == 200


def test_a_key_made_with_a_key_that_expires_does_not_outlive_it(world, make_client):
    world.given_key("short", expires_at=START + timedelta(days=1))

    key = made(make_client("short"), expiresInDays=30)

    assert key["expiresAt"] == "2026-11-21T12:00:00.000Z"


def test_an_account_has_a_bounded_number_of_keys(world, client):
    for number in range(MAX_KEYS_A_USER - 1):
        world.given_key(f"key {number}")

    answer = client.post("/v1/keys", json={"name": "one more"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-keys")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\r\nX-Evil: 1"),
        ("name", "x" * 101),
        ("scope", "admin"),
        ("expiresInDays", 0),
        ("expiresInDays", 10**9),
        ("userId", "user-2"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_by_name(client, field, value):
    answer = client.post("/v1/keys", json={"name": "n", field: value})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
