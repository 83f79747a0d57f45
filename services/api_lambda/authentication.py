"""Who calls: the user behind an API key or a token of the issuer.

::

    X-API-Key: <key>                      ─┐
    Authorization: Bearer escriba_<key>   ─┴▶ looked up by its SHA-256
    Authorization: Bearer <token>         ──▶ signature and claims checked; nothing is read for a bad one

Who was found is remembered for a while, with the profile, so that a client that polls costs one read a
minute and not one a call; a revoked key and a changed profile live on for as long. Credentials that were
refused are not remembered: a key made a moment ago works at once.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api_lambda.tokens import TokenVerifier
from shared.domain.api_keys import SECRET_PREFIX, ApiKey, Scope, hash_api_key
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.tiers import TierLimits
from shared.domain.users import User
from shared.log import get_logger
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.user_directory import UserDirectory

API_KEY_HEADER = "X-API-Key"
MAX_API_KEY_CHARACTERS = 256
_MAX_REMEMBERED = 10_000
_USE_NOTED_EVERY = timedelta(minutes=1)

_log = get_logger(__name__)


@dataclass(frozen=True)
class Credentials:
    """What a call carries: the two headers' values, None where there is none."""

    api_key: str | None = None
    bearer: str | None = None

    @property
    def key(self) -> str | None:
        """The API key, whichever header it came in."""
        if self.api_key:
            return self.api_key
        return self.bearer if self.bearer and self.bearer.startswith(SECRET_PREFIX) else None

    @property
    def hash(self) -> str:
        """What they are remembered by."""
        return hash_api_key(self.key or self.bearer or "")

    @property
    def key_hash(self) -> str | None:
        """The API key as it is stored; None where there is none."""
        return hash_api_key(self.key) if self.key else None


def credentials_in(headers: Mapping[str, str]) -> Credentials:
    """The credentials in a call's headers, whose names are in lower case or are compared without case."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return Credentials(
        api_key=headers.get(API_KEY_HEADER.lower()),
        bearer=value.strip() if scheme.lower() == "bearer" else None,
    )


@dataclass(frozen=True)
class Caller:
    """The user who calls, what the call may do, and what the user may use.

    ``until`` is when the credentials expire (None: never); ``key_expires_at`` the same if they are a key.
    """

    user_id: str
    scope: Scope
    limits: TierLimits
    until: datetime | None = None
    key_expires_at: datetime | None = None


class Authenticator:
    """Finds callers. Holds hashes only, of the ``_MAX_REMEMBERED`` most recently found."""

    def __init__(
        self,
        *,
        keys: ApiKeyStore,
        users: UserDirectory,
        tokens: TokenVerifier | None,
        clock: Clock,
        remember_seconds: float,
    ) -> None:
        self._keys = keys
        self._users = users
        self._tokens = tokens
        self._clock = clock
        self._remember_seconds = remember_seconds
        self._found: OrderedDict[str, tuple[Caller, float]] = OrderedDict()
        self._lock = threading.Lock()

    def remembered(self, credentials: Credentials) -> Caller | None:
        """Who it is, if that is known without asking anybody."""
        if not (credentials.api_key or credentials.bearer):
            return None
        with self._lock:
            caller, forget_at = self._found.get(credentials.hash, (None, 0.0))
            return caller if self._clock.monotonic() < forget_at else None

    def caller_of(self, credentials: Credentials) -> Caller:
        """Who it is.

        Raises ``PermanentError`` (MISSING_CREDENTIALS, INVALID_CREDENTIALS, ACCOUNT_CLOSED),
        ``TransientError``.
        """
        caller = self.remembered(credentials)
        if caller is not None:
            return caller
        now = self._clock.now()
        if credentials.key:
            caller = self._caller_of_key(credentials.key, now)
        elif credentials.bearer:
            caller = self._caller_of_token(credentials.bearer, now)
        else:
            raise PermanentError(Fault.MISSING_CREDENTIALS)
        self._remember(credentials.hash, caller, now)
        return caller

    def forget(self, key_hash: str) -> None:
        """Look a key up again with its next call: it was revoked here."""
        with self._lock:
            self._found.pop(key_hash, None)

    def forget_user(self, user_id: str) -> None:
        """Look a user's credentials up again with the next call: the account was closed here."""
        with self._lock:
            for known in [one for one, (caller, _) in self._found.items() if caller.user_id == user_id]:
                del self._found[known]

    def _caller_of_key(self, secret: str, now: datetime) -> Caller:
        if len(secret) > MAX_API_KEY_CHARACTERS:
            raise PermanentError(Fault.INVALID_CREDENTIALS)
        key = self._keys.get(hash_api_key(secret))
        if key is None or not key.is_valid_at(now):
            raise PermanentError(Fault.INVALID_CREDENTIALS)
        self._note_use(key, now)
        user = self._users.get(key.user_id) or User(user_id=key.user_id, created_at=now)
        _check_open(user)
        return Caller(user.user_id, key.scope, user.effective_limits, key.expires_at, key.expires_at)

    def _caller_of_token(self, token: str, now: datetime) -> Caller:
        if self._tokens is None:
            raise PermanentError(Fault.INVALID_CREDENTIALS)
        try:
            identity = self._tokens.identity_of(token, now=now)
        except PermanentError as refused:
            _log.info("token refused", reason=refused.facts.get("reason"))
            raise
        user = self._users.get(identity.user_id)
        if user is None:  # the first call with a token of this user: the profile that mails go by
            user = self._users.add(User(user_id=identity.user_id, email=identity.email, created_at=now))
        _check_open(user)
        until = datetime.fromtimestamp(math.floor(identity.expires_at), tz=now.tzinfo)
        return Caller(user.user_id, Scope.FULL, user.effective_limits, until)

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        if key.last_used_at is not None and now - key.last_used_at < _USE_NOTED_EVERY:
            return
        try:
            self._keys.note_use(key.key_hash, now=now)
        except TransientError as error:  # nobody is turned away for a statistic
            _log.warning("the use of a key was not noted", error=str(error))

    def _remember(self, credentials_hash: str, caller: Caller, now: datetime) -> None:
        seconds = self._remember_seconds
        if caller.until is not None:
            seconds = min(seconds, (caller.until - now).total_seconds())
        with self._lock:
            self._found[credentials_hash] = (caller, self._clock.monotonic() + seconds)
            self._found.move_to_end(credentials_hash)
            if len(self._found) > _MAX_REMEMBERED:
                self._found.popitem(last=False)


def _check_open(user: User) -> None:
    if user.erasure is not None:
        raise PermanentError(Fault.ACCOUNT_CLOSED)
