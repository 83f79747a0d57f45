"""A mailer that keeps what it was given."""

from __future__ import annotations

from shared.domain.email import Email
from shared.ports.mailer import RecipientRefused


class RecordingMailer:
    """A ``Mailer``; tests look into :attr:`sent`.

    ``refused`` are addresses that get ``RecipientRefused``; errors in :attr:`failures` are raised one
    by one by the next sends.
    """

    def __init__(self, *, refused: frozenset[str] = frozenset()) -> None:
        self.sent: list[Email] = []
        self.failures: list[Exception] = []
        self._refused = refused

    def send(self, email: Email) -> str:
        """Keep it; the id counts up."""
        if self.failures:
            raise self.failures.pop(0)
        if email.to in self._refused:
            raise RecipientRefused(email.to)
        self.sent.append(email)
        return f"mail-{len(self.sent)}"
