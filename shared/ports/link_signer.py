"""Links that live 24 hours, whatever becomes of the credentials that signed a storage URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class LinkClaims:
    """What a link stands for."""

    job_id: str
    user_id: str


class LinkSigner(Protocol):
    """Signs and reads the tokens in ``GET /v1/links/{token}``."""

    @property
    def lifetime_seconds(self) -> int:
        """How long a link lives from its signing."""
        ...

    def sign(self, claims: LinkClaims, *, now: datetime) -> str:
        """A URL-safe token, valid for the signer's lifetime (24 h by default)."""
        ...

    def read(self, token: str, *, now: datetime) -> LinkClaims:
        """The claims. Raises ``PermanentError`` (LINK_INVALID, LINK_EXPIRED)."""
        ...
