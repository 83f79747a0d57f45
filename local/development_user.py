"""The user of a local platform: a generated key, stored as its hash, as every key is."""

from __future__ import annotations

import secrets

from shared.domain.ids import new_id
from shared.domain.users import User, hash_api_key
from shared.ports.clock import Clock
from shared.ports.user_directory import UserDirectory

EMAIL = "you@example.com"
"""RFC 2606 keeps example.com for this: no mail can ever leave for somebody."""

RANDOM_BYTES = 32


def new_secret() -> str:
    """Text from 32 random bytes: an API key, or a key to sign with."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def create_development_user(users: UserDirectory, clock: Clock) -> str:
    """Make the user; returns the API key, which nothing stores."""
    user = User(user_id=new_id(), email=EMAIL, created_at=clock.now())
    api_key = f"escriba_{new_secret()}"  # told apart from other secrets by whoever finds it
    users.put(user)
    users.put_key(hash_api_key(api_key), user.user_id)
    return api_key
