"""Users and the keys that speak for them."""

from __future__ import annotations

from shared.domain.users import hash_api_key
from shared.testing.builders import make_user


def test_a_user_comes_back_and_the_latest_profile_stands(users):
    users.put(make_user())
    users.put(make_user(email="new@example.com"))
    assert users.get("user-1") == make_user(email="new@example.com")


def test_a_key_speaks_for_its_user_alone(users):
    users.put_key(hash_api_key("key-1"), "user-1")
    users.put_key(hash_api_key("key-2"), "user-2")
    assert users.user_id_of_key(hash_api_key("key-1")) == "user-1"
    assert users.user_id_of_key(hash_api_key("key-2")) == "user-2"


def test_who_is_not_known_is_none(users):
    assert users.get("nobody") is None
    assert users.user_id_of_key(hash_api_key("guess")) is None
