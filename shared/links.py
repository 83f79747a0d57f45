"""Signed links to a job's outputs: they live 24 hours, which presigned storage URLs cannot promise.

A URL presigned with a task role's credentials dies with them, hours early; a token of our own names
the job, and the API trades it for a fresh short-lived URL. Tokens are JWTs (RFC 7519) with HS256 as the
one accepted algorithm (RFC 8725, section 3.1) and an audience that keeps them from being of use anywhere
else. They are signed, not encrypted: they carry two ids and an expiry, nothing worth hiding.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime
from typing import Annotated

import jwt
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, ValidationError

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.ports.link_signer import LinkClaims
from shared.settings import SettingsError

ALGORITHM = "HS256"
AUDIENCE = "escriba/links"
MIN_KEY_BYTES = 32
"""RFC 7518, section 3.2: a key for HS256 has at least the 256 bits of the hash."""
MAX_TOKEN_CHARACTERS = 1024
"""Four times what a token of ours takes: longer ones are refused before anything is parsed."""


def _long_enough(key: SecretStr) -> SecretStr:
    size_bytes = len(key.get_secret_value().encode())
    if size_bytes < MIN_KEY_BYTES:
        raise ValueError(f"needs at least {MIN_KEY_BYTES} bytes of secret, but has {size_bytes}")
    return key


LinkSigningKey = Annotated[SecretStr, AfterValidator(_long_enough)]
"""The type of the field ``link_signing_key`` in a service's settings."""


class _Payload(BaseModel):
    """The claims as they travel; their names are short because they end up in an e-mail's URL."""

    model_config = ConfigDict(strict=True, extra="forbid")

    aud: str
    exp: int
    job: str
    usr: str


class JwtLinkSigner:
    """The link signer with one symmetric key, shared by who writes links and who reads them.

    ``previous_keys`` are read as well, but nothing is signed with them: a key can be replaced while links
    that it signed still live.
    """

    def __init__(self, key: str, *previous_keys: str, lifetime_seconds: int = 86_400) -> None:
        """Raises ``SettingsError`` for a key below 32 bytes."""
        try:
            self._keys = [_long_enough(SecretStr(k)).get_secret_value() for k in (key, *previous_keys)]
        except ValueError as fault:
            raise SettingsError(f"LINK_SIGNING_KEY: {fault}") from None
        self._lifetime_seconds = lifetime_seconds

    @property
    def lifetime_seconds(self) -> int:
        """How long a link lives from its signing."""
        return self._lifetime_seconds

    def sign(self, claims: LinkClaims, *, now: datetime) -> str:
        """A URL-safe token of about 250 characters. Its expiry is rounded up to a whole second."""
        payload = _Payload(
            aud=AUDIENCE,
            exp=math.ceil(now.timestamp()) + self._lifetime_seconds,
            job=claims.job_id,
            usr=claims.user_id,
        )
        return jwt.encode(payload.model_dump(), self._keys[0], algorithm=ALGORITHM)

    def read(self, token: str, *, now: datetime) -> LinkClaims:
        """The claims of a token that this key signed.

        Raises ``PermanentError``: LINK_EXPIRED only where the signature is ours, LINK_INVALID for all else.
        """
        payload = self._verified(token)
        if now.timestamp() >= payload.exp:
            raise PermanentError(Fault.LINK_EXPIRED)
        return LinkClaims(job_id=payload.job, user_id=payload.usr)

    def _verified(self, token: str) -> _Payload:
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise PermanentError(Fault.LINK_INVALID)
        for key in self._keys:
            with suppress(jwt.InvalidSignatureError):
                return self._verified_by(key, token)
        raise PermanentError(Fault.LINK_INVALID)

    @staticmethod
    def _verified_by(key: str, token: str) -> _Payload:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                # The library would compare with the wall clock; ``read`` compares with its caller's.
                options={"verify_exp": False},
            )
            return _Payload.model_validate(claims)
        except jwt.InvalidSignatureError:
            raise
        except (jwt.InvalidTokenError, ValidationError) as error:
            raise PermanentError(Fault.LINK_INVALID) from error
