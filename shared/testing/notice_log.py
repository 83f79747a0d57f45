"""What was sent, in memory."""

from __future__ import annotations

import threading
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


class InMemoryNoticeLog:
    """A ``NoticeLog``."""

    def __init__(self) -> None:
        self._notices: dict[tuple[str, str], _Sending | _Sent] = {}
        self._lock = threading.Lock()

    def claim(
        self,
        job_id: str,
        channel: str,
        *,
        owner: str,
        now: datetime,
        lease_seconds: float,
    ) -> None:
        """Take the right to send."""
        with self._lock:
            notice = self._notices.get((job_id, channel))
            if isinstance(notice, _Sent):
                raise NoticeAlreadySent(f"{channel} of job {job_id}")
            if notice is not None and notice.lease_expires_at >= now:
                raise NoticeBeingSent(f"{channel} of job {job_id} by {notice.owner}")
            self._notices[job_id, channel] = _Sending(owner, now + timedelta(seconds=lease_seconds))

    def record_sent(self, job_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out."""
        with self._lock:
            self._notices[job_id, channel] = _Sent(message_id, now)
