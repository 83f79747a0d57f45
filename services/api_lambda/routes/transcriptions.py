"""Asking for a transcription."""

from __future__ import annotations

from fastapi import APIRouter, Response, status

from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.request_models import TranscriptionRequest
from services.api_lambda.response_models import JobCreatedAnswer, UploadAnswer, WireStatus
from shared.domain.faults import Fault

router = APIRouter(tags=["transcriptions"], route_class=IdempotentRoute)

_LOCATION = {"description": "The job.", "schema": {"type": "string"}}
_PROBLEMS = problem_responses(
    *FOR_WRITER,
    *BODY,
    Fault.NOT_FOUND,
    Fault.EMPTY_FILE,
    Fault.FILE_TOO_LARGE,
    Fault.UNSUPPORTED_TYPE,
    Fault.FILE_UNUSABLE,
    Fault.UPLOAD_EXPIRED,
)


@router.post(
    "/v1/transcriptions",
    summary="Transcribe a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses={202: {"headers": {"Location": _LOCATION}}, **_PROBLEMS},
)
def create_transcription(
    api: Api, caller: Writer, new_id: NewIds, request: TranscriptionRequest, response: Response
) -> JobCreatedAnswer:
    """Takes a file announced before (`fileId`) or announces one in the same call (`upload`).

    The job starts by itself as soon as its file is there. An upload of another size or type than was
    announced is refused by storage itself: status 403 and an XML body with the code
    `SignatureDoesNotMatch`.
    """
    upload = None
    if request.upload is not None:
        job, presigned = api.intake.transcribe_upload(caller, request.upload, request.options, new_id)
        upload = UploadAnswer.of(job.file.file_id, presigned)
    else:
        job = api.intake.transcribe_file(caller, request.file_id or "", request.options, new_id)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return JobCreatedAnswer(
        job_id=job.job_id,
        status=WireStatus.of(job.status),
        estimated_duration=api.intake.estimated_seconds(job.file.size_bytes),
        upload=upload,
    )
