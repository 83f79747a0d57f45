"""What was sent to whom, in the table.

::

                           ┌──────── claim, at any time ───────┐
                           ▼                                   │
    (nothing) ── claim ──▶ sending ── release ─────────▶ unsent, or
                            │  ▲ │ └─ record_refused ──▶ refused
                            │  │ └─── record_sent ─────▶ sent
                            └──┘
                             claim, once the lease ran out: the sender died, and nobody can know
                             whether before or after the mail went out
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, TTL, Plain, decode, key_of, ttl_of_remains
from shared.aws.table import Changes, Table
from shared.domain.record import format_time
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_STATE = "noticeState"
_SENDING = "sending"
_SENT = "sent"
_UNSENT = "unsent"
_REFUSED = "refused"
_LEASE_EXPIRES_AT = "leaseExpiresAt"


class DynamoNoticeLog:
    """A ``NoticeLog``.

    IAM: dynamodb:UpdateItem, dynamodb:BatchGetItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def claim(self, notice_id: str, channel: str, *, owner: str, now: datetime, lease_seconds: float) -> None:
        """Take the right to send; a call whose answer got lost is repeated by the client, and granted."""
        nobody_tried = Attr(PARTITION_KEY).not_exists()
        surely_did_not_go_out = Attr(_STATE).is_in([_UNSENT, _REFUSED])
        is_sending = Attr(_STATE).eq(_SENDING)
        it_is_this_claim = Attr("owner").eq(owner)
        its_sender_is_gone = Attr(_LEASE_EXPIRES_AT).lt(format_time(now))
        changes = {
            _STATE: _SENDING,
            "owner": owner,
            _LEASE_EXPIRES_AT: format_time(now + timedelta(seconds=lease_seconds)),
            TTL: ttl_of_remains(now),
        }
        try:
            self._table.update(
                _key_of(notice_id, channel),
                Changes(put=changes),
                condition=nobody_tried
                | surely_did_not_go_out
                | (is_sending & (it_is_this_claim | its_sender_is_gone)),
            )
        except ConditionFailed as refused:
            if refused.item is not None and decode(refused.item)[_STATE] == _SENT:
                raise NoticeAlreadySent(f"{channel} of {notice_id}") from refused
            raise NoticeBeingSent(f"{channel} of {notice_id}") from refused

    def record_sent(self, notice_id: str, channel: str, *, message_id: str, now: datetime) -> None:
        """It went out, whoever holds the lease by now."""
        changes = {
            _STATE: _SENT,
            "messageId": message_id,
            "sentAt": format_time(now),
            TTL: ttl_of_remains(now),
        }
        self._table.update(_key_of(notice_id, channel), Changes(put=changes))

    def release(self, notice_id: str, channel: str, *, owner: str, now: datetime) -> None:
        """It surely did not go out."""
        is_still_mine = Attr(_STATE).eq(_SENDING) & Attr("owner").eq(owner)
        with suppress(ConditionFailed):
            self._table.update(
                _key_of(notice_id, channel),
                Changes(put={_STATE: _UNSENT, TTL: ttl_of_remains(now)}),
                condition=is_still_mine,
            )

    def record_refused(self, notice_id: str, channel: str, *, now: datetime) -> None:
        """It can't be delivered."""
        nobody_tried = Attr(PARTITION_KEY).not_exists()
        is_not_sent = Attr(_STATE).ne(_SENT)
        with suppress(ConditionFailed):
            self._table.update(
                _key_of(notice_id, channel),
                Changes(put={_STATE: _REFUSED, TTL: ttl_of_remains(now)}),
                condition=nobody_tried | is_not_sent,
            )

    def unsettled(self, notice_ids: Sequence[str], channel: str) -> frozenset[str]:
        """Those neither sent nor refused: one batched read."""
        items = self._table.get_many([_key_of(notice_id, channel) for notice_id in notice_ids])
        settled = {item[PARTITION_KEY] for item in items if item[_STATE] in (_SENT, _REFUSED)}
        return frozenset(
            notice_id for notice_id in notice_ids if _key_of(notice_id, channel)[PARTITION_KEY] not in settled
        )


def _key_of(notice_id: str, channel: str) -> Plain:
    return key_of(f"NOTICE#{notice_id}", channel)
