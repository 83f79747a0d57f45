"""Which user an API key speaks for.

A key that was found is remembered for a while, so that a client that polls costs one read a minute and
not one a call; a revoked key lives on for as long. A key that was not found is not remembered: one made a
moment ago works at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.users import hash_api_key
from shared.ports.clock import Clock
from shared.ports.user_directory import UserDirectory

MAX_API_KEY_CHARACTERS = 256
_MAX_REMEMBERED = 10_000


class Authenticator:
    """Finds the user of a key. Holds hashes only, the most recently found ``_MAX_REMEMBERED`` of them."""

    def __init__(self, *, users: UserDirectory, clock: Clock, remember_seconds: float) -> None:
        self._users = users
        self._clock = clock
        self._remember_seconds = remember_seconds
        self._found: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def user_id_of(self, api_key: str | None) -> str:
        """The user's id. Raises ``PermanentError`` (MISSING_CREDENTIALS, INVALID_CREDENTIALS)."""
        if not api_key:
            raise PermanentError(Fault.MISSING_CREDENTIALS)
        if len(api_key) > MAX_API_KEY_CHARACTERS:
            raise PermanentError(Fault.INVALID_CREDENTIALS)
        key_hash = hash_api_key(api_key)
        user_id = self._remembered(key_hash)
        if user_id is None:
            user_id = self._users.user_id_of_key(key_hash)
            if user_id is None:
                raise PermanentError(Fault.INVALID_CREDENTIALS)
            self._remember(key_hash, user_id)
        return user_id

    def _remembered(self, key_hash: str) -> str | None:
        with self._lock:
            user_id, until = self._found.get(key_hash, (None, 0.0))
            return user_id if self._clock.monotonic() < until else None

    def _remember(self, key_hash: str, user_id: str) -> None:
        with self._lock:
            self._found[key_hash] = (user_id, self._clock.monotonic() + self._remember_seconds)
            self._found.move_to_end(key_hash)
            if len(self._found) > _MAX_REMEMBERED:
                self._found.popitem(last=False)
