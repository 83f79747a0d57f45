"""What is known of the caller: to look at, to take along, to have forgotten."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.authentication import Caller
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api, ApiDependencies
from services.api_lambda.key_models import KeyView
from services.api_lambda.response_models import JobView
from services.api_lambda.routes.receipts import ErasureReceipt
from services.api_lambda.webhook_models import WebhookView
from shared.domain.batches import Batch
from shared.domain.faults import Fault
from shared.domain.record import Record, Timestamp
from shared.domain.tiers import Tier, TierLimits

router = APIRouter(tags=["me"])

_JOBS_A_PAGE = 100
_LOCATION = {"description": "The receipt.", "schema": {"type": "string"}}


class ProfileView(Record):
    """The caller's account."""

    id: str
    email: str | None
    tier: Tier
    limits: TierLimits
    created_at: Timestamp | None


class ExportQuery(BaseModel):
    """Which page of the export."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="The nextCursor of the page before."
    )


class ExportedBatch(Record):
    """Jobs that were asked for in one call."""

    id: str
    job_ids: tuple[str, ...]
    created_at: Timestamp

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """The owner's view."""
        return cls(id=batch.batch_id, job_ids=batch.job_ids, created_at=batch.created_at)


class ExportAnswer(Record):
    """Everything that is stored about the caller, a page of jobs at a time."""

    profile: ProfileView
    keys: tuple[KeyView, ...]
    webhooks: tuple[WebhookView, ...]
    batches: tuple[ExportedBatch, ...] = Field(description="On the first page alone.")
    jobs: tuple[JobView, ...] = Field(description="What they made: GET /v1/jobs/{jobId}/download.")
    next_cursor: str | None


def _profile(api: ApiDependencies, caller: Caller) -> ProfileView:
    user = api.users.get(caller.user_id)
    return ProfileView(
        id=caller.user_id,
        email=user.email if user else None,
        tier=user.tier if user else Tier.FREE,
        limits=caller.limits,
        created_at=user.created_at if user else None,
    )


@router.get("/v1/me", summary="Look at the account", responses=problem_responses(*FOR_READER))
def get_profile(api: Api, caller: Reader) -> ProfileView:
    """Who the caller is, and what the account may use."""
    return _profile(api, caller)


@router.get(
    "/v1/me/export",
    summary="Take everything along",
    responses=problem_responses(*FOR_READER, Fault.INVALID_REQUEST, Fault.INVALID_CURSOR),
)
def export(api: Api, caller: Reader, query: Annotated[ExportQuery, Query()]) -> ExportAnswer:
    """Profile, keys and webhooks (without their secrets), batches, and jobs, newest first.

    What the jobs made is read job by job.
    """
    is_first = query.cursor is None
    page = api.jobs.list_for_user(caller.user_id, status=None, limit=_JOBS_A_PAGE, cursor=query.cursor)
    return ExportAnswer(
        profile=_profile(api, caller),
        keys=tuple(KeyView.of(key) for key in api.keys.list(caller.user_id)),
        webhooks=tuple(map(WebhookView.of, api.webhooks.store.list(caller.user_id))),
        batches=tuple(map(ExportedBatch.of, api.batches.list(caller.user_id))) if is_first else (),
        jobs=tuple(JobView.of(job) for job in page.jobs),
        next_cursor=page.next_cursor,
    )


@router.delete(
    "/v1/me",
    summary="Have everything forgotten",
    status_code=status.HTTP_202_ACCEPTED,
    responses={202: {"headers": {"Location": _LOCATION}}, **problem_responses(*FOR_WRITER)},
)
def erase(api: Api, caller: Writer, response: Response) -> ErasureReceipt:
    """Closes the account at once, and has all of it deleted: jobs, audio, transcripts, webhooks, keys.

    That takes minutes, for very many jobs hours. The receipt tells how far it is, without a key. What stays
    are ids: of the jobs and whose they were, for 30 days.
    """
    receipt = ErasureReceipt.of(api.erasure(caller.user_id))
    response.headers["Location"] = f"/v1/receipts/{receipt.receipt_id}"
    return receipt
