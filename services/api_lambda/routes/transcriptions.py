"""Asking for a transcription."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from services.api_lambda.acceptance import ACCEPTED, accepted, make_job
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.request_models import TranscriptionRequest
from services.api_lambda.response_models import JobCreatedAnswer

router = APIRouter(tags=["transcriptions"], route_class=IdempotentRoute)


@router.post(
    "/v1/transcriptions",
    summary="Transcribe a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def create_transcription(
    api: Api,
    caller: Writer,
    new_id: NewIds,
    request: TranscriptionRequest,
    response: Response,
    call: Request,
) -> JobCreatedAnswer:
    """Takes a file announced before (`fileId`) or announces one in the same call (`upload`).

    The job starts by itself as soon as its file is there. An upload of another size or type than was
    announced is refused by storage itself: status 403 and an XML body with the code
    `SignatureDoesNotMatch`.
    """
    job, upload = make_job(api, caller, request, request.options, new_id)
    return accepted(api, job, upload, response, call)
