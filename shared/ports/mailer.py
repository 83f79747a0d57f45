"""Who carries e-mail."""

from __future__ import annotations

from typing import Protocol

from shared.domain.email import Email


class Mailer(Protocol):
    """Sends e-mail from the address the deployment owns."""

    def send(self, email: Email) -> str:
        """Hand it over; returns the carrier's message id. Raises ``RecipientRefused``."""
        ...


class RecipientRefused(Exception):
    """The carrier will not deliver to this address, now or later."""
