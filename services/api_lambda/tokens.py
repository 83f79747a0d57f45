"""Whom a token of the issuer speaks for (OpenID Connect Core, RFC 7519, RFC 8725).

What the two issuers that users bring put where, and what is looked at:

================  ==========================  ================================
claim             Cognito                     Clerk
================  ==========================  ================================
``iss``           the user pool's URL         the instance's URL
``aud``           ID token: the client's id   only where a template names it
``client_id``     access token
``azp``           (never)                     the origin of the signed-in page
``sub``           UUID                        ``user_…``
================  ==========================  ================================

The audience that we expect must stand in ``aud``; in a token without ``aud``, in ``client_id`` or ``azp``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.api_lambda.issuer_keys import IssuerKeys
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault

if TYPE_CHECKING:
    from jwt.types import Options

MAX_TOKEN_CHARACTERS = 8192
"""Longer ones are refused before anything is parsed."""

_USER_ID = re.compile(r"(?!\.)[A-Za-z0-9_.|:@+=~-]{1,200}", re.ASCII)
"""Users' ids become parts of object keys. Every known issuer's ``sub`` is of this form."""

_UNCHECKED: Options = {
    "verify_aud": False,  # compared below: PyJWT knows nothing of client_id and azp
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
    "verify_exp": False,  # PyJWT would compare with the wall clock, not with ours
    "verify_nbf": False,
    "verify_iat": False,
}
_Seconds = Annotated[int | float, Field(ge=0, allow_inf_nan=False)]


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    iss: str
    sub: str
    exp: _Seconds
    nbf: _Seconds | None = None
    iat: _Seconds | None = None
    aud: str | list[str] | None = None
    client_id: str | None = None
    azp: str | None = None
    email: str | None = Field(default=None, max_length=254)
    email_verified: bool | str = False

    @property
    def audiences(self) -> frozenset[str]:
        if self.aud is not None:
            return frozenset([self.aud] if isinstance(self.aud, str) else self.aud)
        return frozenset(filter(None, (self.client_id, self.azp)))


@dataclass(frozen=True)
class Identity:
    """Whom a token speaks for, until when (seconds since 1970). ``email`` only if the issuer verified it."""

    user_id: str
    expires_at: float
    email: str | None


@dataclass(frozen=True)
class TokenPolicy:
    """What a token must say. ``leeway_seconds`` is how far the issuer's clock may be from ours."""

    issuer: str
    audiences: frozenset[str]
    leeway_seconds: float = 30


class TokenVerifier:
    """Reads tokens. Everything about a token is refused with one and the same fault; the log knows why."""

    def __init__(self, *, keys: IssuerKeys, policy: TokenPolicy) -> None:
        self._keys = keys
        self._policy = policy

    def identity_of(self, token: str, *, now: datetime) -> Identity:
        """Whom it speaks for. Raises ``PermanentError(INVALID_CREDENTIALS)``, ``TransientError``."""
        claims = self._verified(token)
        self._check(claims, now.timestamp())
        verified = claims.email_verified is True or claims.email_verified == "true"
        return Identity(
            user_id=claims.sub,
            expires_at=claims.exp + self._policy.leeway_seconds,
            email=claims.email if verified else None,
        )

    def _verified(self, token: str) -> _Claims:
        """The claims, once the signature is known to be the issuer's."""
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise _refused("its form")
        try:
            header: Mapping[str, Any] = jwt.get_unverified_header(token)
            key_id = header.get("kid")
            key = self._keys.get(key_id) if isinstance(key_id, str) else None
            if key is None or header.get("alg") != key.algorithm_name:
                raise _refused("its key")
            claims = jwt.decode(token, key, algorithms=[key.algorithm_name], options=_UNCHECKED)
            return _Claims.model_validate(claims)
        except (jwt.PyJWTError, ValidationError, RecursionError) as error:
            raise _refused(type(error).__name__) from error

    def _check(self, claims: _Claims, now_seconds: float) -> None:
        leeway = self._policy.leeway_seconds
        if claims.iss != self._policy.issuer:
            raise _refused("iss")
        if not claims.audiences & self._policy.audiences:
            raise _refused("aud")
        if now_seconds >= claims.exp + leeway:
            raise _refused("exp")
        if max(claims.nbf or 0, claims.iat or 0) > now_seconds + leeway:
            raise _refused("nbf or iat")
        if not _USER_ID.fullmatch(claims.sub):
            raise _refused("sub")


def _refused(reason: str) -> PermanentError:
    return PermanentError(Fault.INVALID_CREDENTIALS, reason=reason)
