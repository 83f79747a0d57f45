"""The public keys of the token issuer (a JWK Set, RFC 7517), fetched rarely and kept through outages.

::

    fetched ─── fresh ────┤ refetched by the next call ── fails: kept, asked again half a minute later
    │                     FRESH_SECONDS                                  │
    └─────────────────────── good all the while ─────────────────────────┤ KEPT_SECONDS: dropped (503)

A key id that is not in the set may be of a key made a moment ago, so the set is fetched again; but never
twice in ``PAUSE_SECONDS``: whoever sends made-up ids must not make us hammer the issuer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.exceptions import PyJWTError

from shared.domain.errors import TransientError
from shared.log import get_logger
from shared.ports.clock import Clock

FRESH_SECONDS = 600
KEPT_SECONDS = 86_400
PAUSE_SECONDS = 30
FETCH_TIMEOUT_SECONDS = 3

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})
"""Signatures by a private key: no ``none``, and no HMAC, whose key would be public (RFC 8725, 2.1)."""

KeySet = Mapping[str, Any]
_log = get_logger(__name__)


def fetcher(jwks_url: str) -> Callable[[], KeySet]:
    """What fetches the set from its URL; it follows no redirects. Raises ``PyJWTError``."""
    client = PyJWKClient(jwks_url, cache_jwk_set=False, timeout=FETCH_TIMEOUT_SECONDS)

    def fetch() -> KeySet:
        key_set: KeySet = client.fetch_data()
        return key_set

    return fetch


class IssuerKeys:
    """The issuer's keys by their id. One call at a time fetches; the others wait for it."""

    def __init__(self, fetch: Callable[[], KeySet], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._last_ask_failed = False
        self._lock = threading.Lock()

    def get(self, key_id: str) -> PyJWK | None:
        """The key; None if the issuer has none of this id, or one that is not for signatures we take.

        Raises ``TransientError`` where nobody can know, because the issuer does not answer.
        """
        key = self._keys.get(key_id)
        if key is not None and self._age() < FRESH_SECONDS:
            return key
        with self._lock:
            if self._clock.monotonic() - self._asked_at >= PAUSE_SECONDS:
                self._refresh()
            key = self._keys.get(key_id) if self._age() < KEPT_SECONDS else None
            if key is None and self._last_ask_failed:
                raise TransientError("the token issuer's keys can't be fetched")
            return key

    def _age(self) -> float:
        return self._clock.monotonic() - self._fetched_at

    def _refresh(self) -> None:
        self._asked_at = self._clock.monotonic()
        try:
            # Keys that we can't use, encryption keys among them, are left out by the library.
            found = PyJWKSet.from_dict(dict(self._fetch())).keys
        except (PyJWTError, OSError, ValueError) as error:  # the last: an answer that is not JSON
            self._last_ask_failed = True
            _log.warning("the token issuer's keys could not be fetched", error=str(error))
            return
        self._last_ask_failed = False
        self._fetched_at = self._clock.monotonic()
        self._keys = {key.key_id: key for key in found if key.key_id and _is_taken(key)}


def _is_taken(key: PyJWK) -> bool:
    return key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig")
