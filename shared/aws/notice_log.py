"""What was sent to whom, in the table.

::

    (nothing) ── claim ──▶ sending ── record_sent ──▶ sent
                            │    ▲
                            └────┘ claim, once the lease ran out: the sender died, and nobody can
                                   know whether before or after the mail went out
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, TTL, Plain, decode, key_of
from shared.aws.table import Changes, Table
from shared.domain.record import format_time
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_STATE = "noticeState"
_SENDING = "sending"
_SENT = "sent"
_LEASE_EXPIRES_AT = "leaseExpiresAt"
_KEPT = timedelta(days=30)
"""Longer than any message lives: 14 days in its queue and 14 in the dead-letter queue."""


class DynamoNoticeLog:
    """A ``NoticeLog``.

    IAM: dynamodb:UpdateItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def claim(self, job_id: str, channel: str, *, owner: str, now: datetime, lease_seconds: float) -> None:
        """Take the right to send."""
        nobody_tried = Attr(PARTITION_KEY).not_exists()
        is_not_sent = Attr(_STATE).eq(_SENDING)
        its_sender_is_gone = Attr(_LEASE_EXPIRES_AT).lt(format_time(now))
        changes = {
            _STATE: _SENDING,
            "owner": owner,
            _LEASE_EXPIRES_AT: format_time(now + timedelta(seconds=lease_seconds)),
            TTL: _ttl(now),
        }
        try:
            self._table.update(
                _key_of(job_id, channel),
                Changes(put=changes),
                condition=nobody_tried | (is_not_sent & its_sender_is_gone),
            )
        except ConditionFailed as refused:
            if refused.item is not None and decode(refused.item)[_STATE] == _SENT:
                raise NoticeAlreadySent(f"{channel} of job {job_id}") from refused
            raise NoticeBeingSent(f"{channel} of job {job_id}") from refused

    def record_sent(self, job_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out, whoever holds the lease by now."""
        changes = {_STATE: _SENT, "messageId": message_id, "sentAt": format_time(now), TTL: _ttl(now)}
        self._table.update(_key_of(job_id, channel), Changes(put=changes))


def _key_of(job_id: str, channel: str) -> Plain:
    return key_of(f"NOTICE#{job_id}", channel)


def _ttl(now: datetime) -> int:
    return int((now + _KEPT).timestamp())
