"""What is known of the caller: to look at, to take along, to have forgotten."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.authentication import Caller
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api, ApiDependencies
from services.api_lambda.key_models import KeyView
from services.api_lambda.response_models import JobView
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.record import Record, Timestamp
from shared.domain.tiers import Tier, TierLimits

router = APIRouter(tags=["me"])

_JOBS_A_PAGE = 100


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


class ExportAnswer(Record):
    """Everything that is stored about the caller, a page of jobs at a time."""

    profile: ProfileView
    keys: tuple[KeyView, ...]
    jobs: tuple[JobView, ...] = Field(description="Their outputs: GET /v1/jobs/{jobId}/download.")
    next_cursor: str | None


class ErasureReceipt(Record):
    """What a call deleted. While ``status`` is running, something is left: send the call again."""

    receipt_id: str
    status: Literal["running", "completed"]
    deleted_jobs: int
    deleted_objects: int
    revoked_keys: int
    at: Timestamp


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
    """Profile, keys (without their secrets) and jobs, newest first; what they made is read job by job."""
    page = api.jobs.list_for_user(caller.user_id, status=None, limit=_JOBS_A_PAGE, cursor=query.cursor)
    return ExportAnswer(
        profile=_profile(api, caller),
        keys=tuple(KeyView.of(key) for key in api.keys.list(caller.user_id)),
        jobs=tuple(JobView.of(job) for job in page.jobs),
        next_cursor=page.next_cursor,
    )


@router.delete(
    "/v1/me",
    summary="Have everything forgotten",
    responses={
        202: {"model": ErasureReceipt, "description": "Something is left."},
        **problem_responses(*FOR_WRITER),
    },
)
def erase(api: Api, caller: Writer, response: Response) -> ErasureReceipt:
    """Deletes jobs, audio, transcripts, API keys and the profile, a share with each call.

    202: something is left, send it again. 200: nothing is left but the numbers and the owner's id of the
    jobs, for 30 days; the keys are revoked, this one included.
    """
    erased = api.erasure(caller.user_id)
    if not erased.completed:
        response.status_code = status.HTTP_202_ACCEPTED
    return ErasureReceipt(
        receipt_id=new_id(),
        status="completed" if erased.completed else "running",
        deleted_jobs=erased.jobs,
        deleted_objects=erased.objects,
        revoked_keys=erased.keys,
        at=api.clock.now(),
    )
