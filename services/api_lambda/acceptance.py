"""Takes one job in and says so: what the POSTs that make a job have in common."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.authentication import Caller
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.idempotency import NewId
from services.api_lambda.problems import encode, headers_of, problem_of
from services.api_lambda.request_models import SourceRequest
from services.api_lambda.response_models import JobCreatedAnswer, UploadAnswer
from services.api_lambda.told_faults import fault_of
from services.api_lambda.wanted import Wanted, Work
from services.api_lambda.wire_status import WireStatus
from shared.domain.faults import Fault
from shared.domain.jobs import Job
from shared.ports.object_store import PresignedUpload

MAKES_JOB = (
    *FOR_WRITER,
    *BODY,
    Fault.TIER_TOO_LOW,
    Fault.NOT_FOUND,
    Fault.EMPTY_FILE,
    Fault.FILE_TOO_LARGE,
    Fault.UNSUPPORTED_TYPE,
    Fault.FILE_UNUSABLE,
    Fault.UPLOAD_EXPIRED,
    Fault.WEBHOOK_URL_REFUSED,
)
"""The problems of a route that makes a job."""
WITH_LOCATION: dict[str, Any] = {
    "headers": {"Location": {"description": "The job.", "schema": {"type": "string"}}}
}
ACCEPTED: dict[int | str, dict[str, Any]] = {202: WITH_LOCATION, **problem_responses(*MAKES_JOB)}
"""The ``responses`` of a route that makes a job."""


def make_job(
    api: ApiDependencies,
    caller: Caller,
    request: SourceRequest,
    work: Work,
    new_id: NewId,
    *,
    cover: tuple[bytes, str] | None = None,
) -> tuple[Job, PresignedUpload | None]:
    """The job, and how to send its file if that comes with it.

    Raises ``PermanentError``: what :class:`~services.api_lambda.intake.Intake` does, WEBHOOK_URL_REFUSED.
    """
    api.webhooks.check_url(request.webhook_url)
    wanted = Wanted(work, webhook_url=request.webhook_url, cover=cover)
    if request.upload is not None:
        return api.intake.for_upload(caller, request.upload, wanted, new_id)
    return api.intake.for_file(caller, request.file_id or "", wanted, new_id), None


def accepted(
    api: ApiDependencies, job: Job, upload: PresignedUpload | None, response: Response, call: Request
) -> JobCreatedAnswer:
    """The answer; the secret of the job's webhook is in what the caller gets, not in what is kept of it."""
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    answer = JobCreatedAnswer(
        job_id=job.job_id,
        status=WireStatus.of(job.status),
        estimated_duration=api.intake.estimated_seconds(job.file.size_bytes, job.type),
        upload=None if upload is None else UploadAnswer.of(job.file.file_id, upload),
    )
    if job.webhook_url is None:
        return answer
    call.state.body_to_keep = answer.model_dump_json(by_alias=True, exclude_none=True).encode()
    return answer.model_copy(update={"webhook_secret": api.webhooks.secret_of_job(job.job_id)})


def failure_of(job: Job, call: Request) -> Response:
    """What a job that was waited for ended with, as the problem that it would have been at once."""
    fault = fault_of(job.error) or Fault.JOB_NOT_FINISHED
    detail = job.error.message if job.error else Fault.JOB_NOT_FINISHED.describe(status=job.status.lower())
    problem = problem_of(fault, detail, request_id=call.state.request_id)
    return Response(encode(problem.told_at(call.url.path)), problem.status, headers=headers_of(fault))
