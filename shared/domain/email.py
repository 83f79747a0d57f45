"""An e-mail, ready to send."""

from __future__ import annotations

from shared.domain.record import Record


class Email(Record):
    """One message in two forms: ``text`` for every reader, ``html`` for most."""

    to: str
    subject: str
    text: str
    html: str
