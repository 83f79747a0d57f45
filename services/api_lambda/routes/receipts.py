"""Receipts of erasures: the account is gone with its keys, so that the receipt's own id opens it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path
from pydantic import Field

from services.api_lambda.api_document import problem_responses
from services.api_lambda.dependencies import Api
from shared.domain.erasures import Erasure
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.record import Record, Timestamp

router = APIRouter(tags=["me"])


class ErasureReceipt(Record):
    """How far the erasure of an account is. It names nobody and holds nothing that was deleted."""

    receipt_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1E"])
    status: Literal["running", "completed"]
    deleted_jobs: int
    deleted_objects: int = Field(description="What lay in storage besides the jobs' own files.")
    deleted_webhooks: int
    revoked_keys: int
    requested_at: Timestamp
    completed_at: Timestamp | None

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        """The receipt of an erasure as it stands."""
        return cls(
            receipt_id=erasure.receipt_id,
            status="running" if erasure.completed_at is None else "completed",
            deleted_jobs=erasure.jobs,
            deleted_objects=erasure.objects,
            deleted_webhooks=erasure.webhooks,
            revoked_keys=erasure.keys,
            requested_at=erasure.requested_at,
            completed_at=erasure.completed_at,
        )


@router.get(
    "/v1/receipts/{receiptId}",
    summary="Look at a receipt",
    responses=problem_responses(Fault.INVALID_REQUEST, Fault.NOT_FOUND),
)
def get_receipt(
    api: Api, receipt_id: Annotated[str, Path(alias="receiptId", description="The receipt's id.")]
) -> ErasureReceipt:
    """Of an account that was deleted (`DELETE /v1/me`). Needs no key; kept for 30 days once completed."""
    erasure = api.erasure.store.get(receipt_id) if is_id(receipt_id) else None
    if erasure is None:
        raise PermanentError(Fault.NOT_FOUND)
    return ErasureReceipt.of(erasure)
