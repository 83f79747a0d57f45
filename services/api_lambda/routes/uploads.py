"""Announcing a file, to use it in jobs later."""

from __future__ import annotations

from fastapi import APIRouter

from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.request_models import UploadRequest
from services.api_lambda.response_models import UploadAnswer
from shared.domain.faults import Fault

router = APIRouter(tags=["uploads"], route_class=IdempotentRoute)


@router.post(
    "/v1/upload/presign",
    summary="Announce a file",
    responses=problem_responses(
        *FOR_WRITER, *BODY, Fault.EMPTY_FILE, Fault.FILE_TOO_LARGE, Fault.UNSUPPORTED_TYPE
    ),
)
def presign_upload(api: Api, caller: Writer, new_id: NewIds, upload: UploadRequest) -> UploadAnswer:
    """Answers where and how to send it: one request with exactly this method, these headers, this size.

    Storage itself refuses anything else: status 403 and an XML body with the code `SignatureDoesNotMatch`.
    """
    file, presigned = api.intake.announce_file(caller, upload, new_id)
    return UploadAnswer.of(file.file_id, presigned)
