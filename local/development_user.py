"""The user of a local platform: a generated key, stored as its hash, as every key is.

It has no quota: demonstrations and measurements ask for more than any tier grants.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from shared.domain.api_keys import SHOWN_CHARACTERS, ApiKey, hash_api_key, new_api_secret
from shared.domain.ids import new_id
from shared.domain.tiers import Ability, LimitOverrides, Tier
from shared.domain.users import User
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.user_directory import UserDirectory

EMAIL = "you@example.com"
"""RFC 2606 keeps example.com for this: no mail can ever leave for somebody."""

RANDOM_BYTES = 32

_NO_QUOTA = LimitOverrides(unlimited=True, abilities=tuple(Ability))


def new_secret() -> str:
    """Text from 32 random bytes: a key to sign with."""
    return secrets.token_urlsafe(RANDOM_BYTES)


@dataclass(frozen=True)
class DevelopmentUser:
    """The user, and the API key, which nothing stores."""

    user_id: str
    api_key: str


def create_development_user(
    users: UserDirectory, keys: ApiKeyStore, clock: Clock, *, tier: Tier = Tier.ENTERPRISE
) -> DevelopmentUser:
    """Make the user and the key; the tier decides whether the user's jobs go first."""
    now = clock.now()
    user = User(user_id=new_id(), email=EMAIL, tier=tier, limits=_NO_QUOTA, created_at=now)
    secret = new_api_secret()
    users.put(user)
    keys.add(
        ApiKey(
            key_id=new_id(),
            key_hash=hash_api_key(secret),
            user_id=user.user_id,
            name="development",
            prefix=secret[:SHOWN_CHARACTERS],
            created_at=now,
        )
    )
    return DevelopmentUser(user.user_id, secret)
