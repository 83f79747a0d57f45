"""What was sent, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent


@dataclass(frozen=True)
class _Sending:
    owner: str
    lease_expires_at: datetime


@dataclass(frozen=True)
class _Sent:
    message_id: str
    sent_at: datetime


@dataclass(frozen=True)
class _Unsent:
    released_at: datetime


@dataclass(frozen=True)
class _Refused:
    refused_at: datetime


class InMemoryNoticeLog:
    """A ``NoticeLog``."""

    def __init__(self) -> None:
        self._notices: dict[tuple[str, str], _Sending | _Unsent | _Sent | _Refused] = {}
        self._lock = threading.Lock()

    def claim(
        self,
        notice_id: str,
        channel: str,
        *,
        owner: str,
        now: datetime,
        lease_seconds: float,
    ) -> None:
        """Take the right to send."""
        with self._lock:
            notice = self._notices.get((notice_id, channel))
            if isinstance(notice, _Sent):
                raise NoticeAlreadySent(f"{channel} of {notice_id}")
            if isinstance(notice, _Sending) and notice.owner != owner and notice.lease_expires_at >= now:
                raise NoticeBeingSent(f"{channel} of {notice_id} by {notice.owner}")
            self._notices[notice_id, channel] = _Sending(owner, now + timedelta(seconds=lease_seconds))

    def record_sent(self, notice_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out."""
        with self._lock:
            self._notices[notice_id, channel] = _Sent(message_id, now)

    def release(self, notice_id: str, channel: str, *, owner: str, now: datetime) -> None:
        """It surely did not go out."""
        with self._lock:
            notice = self._notices.get((notice_id, channel))
            if isinstance(notice, _Sending) and notice.owner == owner:
                self._notices[notice_id, channel] = _Unsent(now)

    def record_refused(self, notice_id: str, channel: str, *, now: datetime) -> None:
        """It can't be delivered."""
        with self._lock:
            if not isinstance(self._notices.get((notice_id, channel)), _Sent):
                self._notices[notice_id, channel] = _Refused(now)

    def unsettled(self, notice_ids: Sequence[str], channel: str) -> frozenset[str]:
        """Those neither sent nor refused."""
        with self._lock:
            return frozenset(
                notice_id
                for notice_id in notice_ids
                if not isinstance(self._notices.get((notice_id, channel)), _Sent | _Refused)
            )
