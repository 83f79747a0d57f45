"""Asking for a transcription."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.intake import Told
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
    Fault.WEBHOOK_URL_REFUSED,
)


@router.post(
    "/v1/transcriptions",
    summary="Transcribe a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses={202: {"headers": {"Location": _LOCATION}}, **_PROBLEMS},
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
    api.webhooks.check_url(request.webhook_url)
    upload, told = None, Told(webhook_url=request.webhook_url)
    if request.upload is not None:
        job, presigned = api.intake.transcribe_upload(
            caller, request.upload, request.options, new_id, told=told
        )
        upload = UploadAnswer.of(job.file.file_id, presigned)
    else:
        job = api.intake.transcribe_file(caller, request.file_id or "", request.options, new_id, told=told)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    answer = JobCreatedAnswer(
        job_id=job.job_id,
        status=WireStatus.of(job.status),
        estimated_duration=api.intake.estimated_seconds(job.file.size_bytes),
        upload=upload,
    )
    if job.webhook_url is None:
        return answer
    call.state.body_to_keep = answer.model_dump_json(by_alias=True, exclude_none=True).encode()
    return answer.model_copy(update={"webhook_secret": api.webhooks.secret_of_job(job.job_id)})
