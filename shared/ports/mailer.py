"""Who carries e-mail."""

from __future__ import annotations

from typing import Protocol

from shared.domain.email import Email
from shared.domain.errors import TransientError


class Mailer(Protocol):
    """Sends e-mail from the address the deployment owns."""

    def send(self, email: Email) -> str:
        """Hand it over; returns the carrier's message id.

        Raises ``RecipientRefused``, ``MailNotTaken``, or any other ``TransientError`` where nobody can
        know whether it goes out.
        """
        ...


class MailNotTaken(TransientError):
    """The carrier said that it does not take the mail now: it surely did not go out."""


class RecipientRefused(Exception):
    """The carrier will not deliver to this address, now or later."""
