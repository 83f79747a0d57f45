"""Tokens that a test can read: no signature, the same lifetime."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.record import format_time, parse_time
from shared.ports.link_signer import LinkClaims


class FakeLinkSigner:
    """A ``LinkSigner`` whose tokens are ``job_id~user_id~expiry``."""

    def __init__(self, *, lifetime_seconds: int = 86_400) -> None:
        self._lifetime = timedelta(seconds=lifetime_seconds)

    @property
    def lifetime_seconds(self) -> int:
        """How long a link lives from its signing."""
        return int(self._lifetime.total_seconds())

    def sign(self, claims: LinkClaims, *, now: datetime) -> str:
        """The claims and their end, in the clear."""
        return "~".join((claims.job_id, claims.user_id, format_time(now + self._lifetime)))

    def read(self, token: str, *, now: datetime) -> LinkClaims:
        """The claims of a token that :meth:`sign` gave."""
        try:
            job_id, user_id, expiry = token.split("~")
            expires_at = parse_time(expiry)
        except ValueError:
            raise PermanentError(Fault.LINK_INVALID) from None
        if expires_at <= now:
            raise PermanentError(Fault.LINK_EXPIRED)
        return LinkClaims(job_id=job_id, user_id=user_id)
