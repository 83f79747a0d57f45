"""API keys: found by hash and by user, revoked for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.api_key_store import DynamoApiKeyStore
from shared.domain.api_keys import Scope
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.builders import make_api_key
from shared.testing.clock import START


@pytest.fixture
def keys(backend):
    return backend.store(InMemoryApiKeyStore, DynamoApiKeyStore)


def test_a_key_is_found_by_its_hash_with_everything_that_was_stored(keys):
    key = make_api_key(scope=Scope.READ, expires_at=START + timedelta(days=1))
    keys.add(key)
    assert keys.get(key.key_hash) == key
    assert keys.get("another") is None


def test_a_users_keys_are_listed_oldest_first_and_no_others(keys):
    older, newer, strangers = (
        make_api_key("a", key_id="1"),
        make_api_key("b", key_id="2"),
        make_api_key("c", key_id="3", user_id="user-2"),
    )
    for key in (newer, strangers, older):
        keys.add(key)
    assert keys.list("user-1") == (older, newer)
    assert keys.list("nobody") == ()


def test_a_revoked_key_is_gone_from_both_places(keys):
    key = make_api_key()
    keys.add(key)
    assert keys.revoke("user-1", key.key_id) == key
    assert keys.get(key.key_hash) is None
    assert keys.list("user-1") == ()
    assert keys.revoke("user-1", key.key_id) is None


def test_nobody_revokes_anothers_key(keys):
    key = make_api_key()
    keys.add(key)
    assert keys.revoke("user-2", key.key_id) is None
    assert keys.get(key.key_hash) == key


def test_its_use_is_put_on_record(keys):
    key = make_api_key()
    keys.add(key)
    keys.note_use(key.key_hash, now=START + timedelta(hours=1))
    assert keys.get(key.key_hash).last_used_at == START + timedelta(hours=1)


def test_a_late_use_does_not_bring_a_revoked_key_back(keys):
    key = make_api_key()
    keys.add(key)
    keys.revoke("user-1", key.key_id)
    keys.note_use(key.key_hash, now=START)
    assert keys.get(key.key_hash) is None
