"""What was already sent to whom: makes a notice one per ending of a job and channel.

Notices are named by :func:`shared.domain.messages.notice_id`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

EMAIL = "email"
"""The channel that every owner has."""


class NoticeLog(Protocol):
    """``NOTICE#`` records: ``sending`` (leased) → ``sent``, or ``refused`` until somebody asks again."""

    def claim(self, notice_id: str, channel: str, *, owner: str, now: datetime, lease_seconds: float) -> None:
        """Take the right to send. Raises ``NoticeAlreadySent`` or ``NoticeBeingSent``.

        ``owner`` is new for each try to send: the one that holds the right is granted it again.
        """
        ...

    def record_sent(self, notice_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out: nobody sends it again."""
        ...

    def release(self, notice_id: str, channel: str, *, owner: str, now: datetime) -> None:
        """It surely did not go out: the next claim is granted at once. Nothing if ``owner`` lost the right.

        A throttled carrier says no to many at once: without this each of them would wait for its lease,
        then all come back together. Where nobody can know, let the lease run out instead.
        """
        ...

    def record_refused(self, notice_id: str, channel: str, *, now: datetime) -> None:
        """It can't be delivered: it is settled, although a claim is granted again. What was sent stays so."""
        ...

    def unsettled(self, notice_ids: Sequence[str], channel: str) -> frozenset[str]:
        """Those of up to 100 whose notice was neither sent nor refused, as of a moment ago."""
        ...


class NoticeAlreadySent(Exception):
    """This notice went out before."""


class NoticeBeingSent(Exception):
    """Somebody else holds the right to send this notice at the moment."""
