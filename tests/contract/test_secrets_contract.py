"""Secrets: the current value, and the one before for what was made with it."""

from __future__ import annotations

import pytest

from shared.domain.ids import new_id
from shared.ports.secrets import SecretMissing


@pytest.fixture
def secrets(backend):
    return backend.secrets()


@pytest.fixture
def name() -> str:
    return f"links-{new_id()}"


def test_a_secret_that_was_never_rotated_has_one_value(secrets, name):
    secrets.put(name, "first")
    assert secrets.store.values(name) == ("first",)


def test_a_rotation_leaves_the_value_before_and_no_older_one(secrets, name):
    for value in ("first", "second", "third"):
        secrets.put(name, value)
    assert secrets.store.values(name) == ("third", "second")


def test_a_secret_that_is_not_there_says_so(secrets, name):
    with pytest.raises(SecretMissing, match=name):
        secrets.store.values(name)
