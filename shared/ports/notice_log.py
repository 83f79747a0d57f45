"""What was already sent to whom: makes a notice one per job and channel."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class NoticeLog(Protocol):
    """``NOTICE#`` records: ``sending`` (leased) → ``sent``."""

    def claim(self, job_id: str, channel: str, *, owner: str, now: datetime, lease_seconds: float) -> None:
        """Take the right to send. Raises ``NoticeAlreadySent`` or ``NoticeBeingSent``."""
        ...

    def record_sent(self, job_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out: nobody sends it again."""
        ...


class NoticeAlreadySent(Exception):
    """This notice went out before."""


class NoticeBeingSent(Exception):
    """Somebody else holds the right to send this notice at the moment."""
