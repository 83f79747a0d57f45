"""Requests in the table: one item each, for a day.

::

                     ┌── forget: the item is gone ◀──┐
    (nothing) ─ claim ─▶ claimed ─ settle ─▶ answered ─ expiresAt ─▶ (as nothing)
                         │  ▲  └─ abandon: its lease ends now
                         └──┘
                          claim, once the lease ran out: same seed, so what was made is found again

Time to live deletes late (days, at worst), so every claim compares ``expiresAt`` itself.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, ConditionBase

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY, TTL, Plain, decode, key_of
from shared.aws.table import Changes, Table
from shared.domain.ids import new_id
from shared.domain.record import format_time
from shared.ports.idempotency_store import (
    AlreadyAnswered,
    AnotherRequest,
    BeingAnswered,
    RequestClaim,
    StoredAnswer,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OWNER = "owner"
_BODY = "answerBody"
_STATUS = "answerStatus"
_HEADERS = "answerHeaders"
_LEASE_EXPIRES_AT = "leaseExpiresAt"
_EXPIRES_AT = "expiresAt"


class DynamoIdempotencyStore:
    """An ``IdempotencyStore``. Bodies are deflated: an item holds 400 KB.

    IAM: dynamodb:UpdateItem, dynamodb:DeleteItem
    Table: keys ``PK``, ``SK``; time to live on ``ttl``.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def claim(
        self,
        user_id: str,
        request_id: str,
        *,
        fingerprint: str,
        now: datetime,
        lease_seconds: float,
        kept_seconds: float,
    ) -> RequestClaim:
        """Take the right to do a request: one write, two where an earlier try died."""
        claim = RequestClaim(user_id, request_id, owner=new_id(), seed=new_id())
        leased_until = format_time(now + timedelta(seconds=lease_seconds))
        expires_at = now + timedelta(seconds=kept_seconds)
        put = {
            _OWNER: claim.owner,
            "seed": claim.seed,
            "fingerprint": fingerprint,
            _LEASE_EXPIRES_AT: leased_until,
            _EXPIRES_AT: format_time(expires_at),
            TTL: int(expires_at.timestamp()),
        }
        nobody_asked = Attr(PARTITION_KEY).not_exists()
        long_ago = Attr(_EXPIRES_AT).lte(format_time(now))
        try:
            self._table.update(
                _key_of(claim),
                Changes(put=put, remove=(_STATUS, _BODY, _HEADERS)),
                condition=nobody_asked | long_ago,
            )
        except ConditionFailed as refused:
            if refused.item is None:
                raise BeingAnswered from refused
            return self._claim_again(claim, decode(refused.item), fingerprint, leased_until, format_time(now))
        return claim

    def _claim_again(
        self, claim: RequestClaim, item: Plain, fingerprint: str, leased_until: str, now: str
    ) -> RequestClaim:
        if item["fingerprint"] != fingerprint:
            raise AnotherRequest
        if _STATUS in item:
            raise AlreadyAnswered(_answer_in(item))
        if item[_LEASE_EXPIRES_AT] > now:
            raise BeingAnswered
        try:
            self._table.update(
                _key_of(claim),
                Changes(put={_OWNER: claim.owner, _LEASE_EXPIRES_AT: leased_until}),
                condition=_held_by(item[_OWNER]),
            )
        except ConditionFailed as refused:
            raise BeingAnswered from refused
        return RequestClaim(claim.user_id, claim.request_id, claim.owner, seed=str(item["seed"]))

    def settle(self, claim: RequestClaim, answer: StoredAnswer) -> None:
        """Keep the answer."""
        put = {
            _STATUS: answer.status,
            _BODY: zlib.compress(answer.body),
            _HEADERS: dict(answer.headers),
        }
        with suppress(ConditionFailed):
            self._table.update(_key_of(claim), Changes(put=put), condition=_held_by(claim.owner))

    def forget(self, claim: RequestClaim) -> None:
        """Remove the claim: nobody else holds it while its lease runs."""
        with suppress(ConditionFailed):
            self._table.delete(_key_of(claim), condition=_held_by(claim.owner))

    def abandon(self, claim: RequestClaim, *, now: datetime) -> None:
        """End the lease."""
        with suppress(ConditionFailed):
            self._table.update(
                _key_of(claim),
                Changes(put={_LEASE_EXPIRES_AT: format_time(now)}),
                condition=_held_by(claim.owner),
            )


def _key_of(claim: RequestClaim) -> Plain:
    return key_of(f"USER#{claim.user_id}", f"IDEMPOTENCY#{claim.request_id}")


def _held_by(owner: str) -> ConditionBase:
    return Attr(_OWNER).eq(owner) & Attr(_STATUS).not_exists()


def _answer_in(item: Plain) -> StoredAnswer:
    return StoredAnswer(
        status=int(item[_STATUS]),
        body=zlib.decompress(bytes(item[_BODY])),
        headers={name: str(value) for name, value in item[_HEADERS].items()},
    )
