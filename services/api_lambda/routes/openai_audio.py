"""A door of the shape that OpenAI's clients know: a file in, its text out, in one call.

What it does is what any transcription does: a job, its audio in storage, a worker. It waits for the job
within ``SYNC_WAIT_SECONDS`` and otherwise answers 202 with the job, which goes on.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from services.api_lambda.acceptance import failure_of
from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.authentication import Caller
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api, ApiDependencies
from services.api_lambda.form_data import FormPart, NotFormData, form_parts
from services.api_lambda.idempotency import IdempotentRoute, NewId, NewIds
from services.api_lambda.openai_answers import rendered
from services.api_lambda.request_models import (
    MAX_PROMPT_CHARACTERS,
    RequestModel,
    UploadRequest,
    known_language,
    printable_text,
)
from services.api_lambda.response_models import JobCreatedAnswer
from services.api_lambda.wanted import Wanted
from services.api_lambda.wire_status import WireStatus
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus, TranscriptionOptions
from shared.domain.languages import AUTO
from shared.domain.transcript import Transcript

MAX_FILE_BYTES = 25 * 1024**2
_GRANULARITIES = "timestamp_granularities[]"
_ANY_TYPE = "application/octet-stream"

router = APIRouter(tags=["openai"], route_class=IdempotentRoute)


class AudioForm(RequestModel):
    """The fields of the form, in OpenAI's names; those that say how to sample are passed over."""

    model_config = ConfigDict(alias_generator=None, extra="ignore")

    model: str = Field(min_length=1, max_length=100)
    language: Annotated[str, Field(max_length=10), AfterValidator(known_language)] = AUTO
    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS), AfterValidator(printable_text)] = ""
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    granularities: frozenset[Literal["word", "segment"]] = Field(default=frozenset(), strict=False)


_PROPERTIES: dict[str, Any] = {
    "file": {"type": "string", "format": "binary", "description": "At most 25 MB."},
    "model": {"type": "string", "description": "Any: the workers' own model hears it."},
    "language": {"type": "string"},
    "prompt": {"type": "string"},
    "response_format": {"type": "string", "enum": ["json", "text", "srt", "verbose_json", "vtt"]},
    _GRANULARITIES: {"type": "array", "items": {"type": "string", "enum": ["word", "segment"]}},
}
_DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": _PROPERTIES, "required": ["file", "model"]}
            }
        },
    }
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The text.", "content": {"application/json": {}, "text/plain": {}, "text/vtt": {}}},
    202: {"model": JobCreatedAnswer, "description": "It takes longer: ask for the job."},
    **problem_responses(
        *FOR_WRITER,
        *BODY,
        Fault.MALFORMED_FORM,
        Fault.EMPTY_FILE,
        Fault.FILE_TOO_LARGE,
        Fault.UNSUPPORTED_TYPE,
        Fault.JOB_NOT_FINISHED,
        Fault.TIER_TOO_LOW,
    ),
}


@router.post(
    "/v1/audio/transcriptions",
    summary="Transcribe a file in one call (OpenAI's shape)",
    response_class=Response,
    openapi_extra=_DOCUMENTED,
    responses=_RESPONSES,
)
async def transcribe(request: Request, api: Api, caller: Writer, new_id: NewIds) -> Response:
    """Takes the form of OpenAI's `audio/transcriptions` and answers as it does, for files up to 25 MB.

    Waits for a bounded time; a job that takes longer is answered with 202 and goes on.
    """
    return await _hear(request, api, caller, new_id, task="transcribe")


@router.post(
    "/v1/audio/translations",
    summary="Translate a file into English in one call (OpenAI's shape)",
    response_class=Response,
    openapi_extra=_DOCUMENTED,
    responses=_RESPONSES,
)
async def translate(request: Request, api: Api, caller: Writer, new_id: NewIds) -> Response:
    """As `audio/transcriptions`; the text is English whatever was spoken."""
    return await _hear(request, api, caller, new_id, task="translate")


async def _hear(
    request: Request,
    api: ApiDependencies,
    caller: Caller,
    new_id: NewId,
    *,
    task: Literal["transcribe", "translate"],
) -> Response:
    file, form = _read_form(await request.body(), request.headers.get("content-type", ""))
    options = TranscriptionOptions(language=form.language, task=task, prompt=form.prompt or None)
    job = await run_in_threadpool(_start, api, caller, file, options, new_id)
    job = await api.waiter.until_final(job)
    if not job.status.is_final:
        answer = JobCreatedAnswer(
            job_id=job.job_id,
            status=WireStatus.of(job.status),
            estimated_duration=api.intake.estimated_seconds(job.file.size_bytes, job.type),
        )
        return Response(
            answer.model_dump_json(by_alias=True, exclude_none=True),
            status.HTTP_202_ACCEPTED,
            headers={"Location": f"/v1/jobs/{job.job_id}"},
            media_type="application/json",
        )
    if job.status is not JobStatus.COMPLETED:
        return failure_of(job, request)
    return await run_in_threadpool(_answer, api, job, form)


def _read_form(body: bytes, content_type: str) -> tuple[FormPart, AudioForm]:
    try:
        parts = form_parts(body, content_type)
        file = next((part for part in parts if part.name == "file" and part.filename is not None), None)
        fields: dict[str, Any] = {part.name: part.text for part in parts if part.filename is None}
        fields["granularities"] = [part.text for part in parts if part.name == _GRANULARITIES]
    except NotFormData as error:
        raise PermanentError(Fault.MALFORMED_FORM, reason=str(error)) from error
    try:
        form = AudioForm.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from error
    if file is None:
        raise PermanentError(Fault.MALFORMED_FORM, reason="it has no file")
    return file, form


def _start(
    api: ApiDependencies, caller: Caller, file: FormPart, options: TranscriptionOptions, new_id: NewId
) -> Job:
    """Make the job and store its audio, whose arrival sets it going as any upload's does."""
    if len(file.content) > MAX_FILE_BYTES:
        raise PermanentError(Fault.FILE_TOO_LARGE, limit="25 MiB", limit_bytes=MAX_FILE_BYTES)
    declared = {"filename": file.filename, "size": len(file.content), "contentType": file.content_type}
    if not file.content_type.startswith(("audio/", "video/")):
        declared["contentType"] = _ANY_TYPE  # clients guess it from the name; what it is, the router sees
    try:
        upload = UploadRequest.model_validate(declared)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise RequestValidationError([{**fault, "loc": ("body", "file")} for fault in faults]) from error
    job, _ = api.intake.for_upload(caller, upload, Wanted(options), new_id)
    api.audio.write(job.file.key, file.content, content_type=upload.content_type)
    return job


def _answer(api: ApiDependencies, job: Job, form: AudioForm) -> Response:
    wanted = form.response_format if form.response_format in ("srt", "vtt") else "json"
    output = next(output for output in job.outputs if output.key.endswith(f"transcript.{wanted}"))
    body = api.transcripts.read_range(output.key, 0, output.size_bytes)
    if wanted != "json":
        return Response(body, media_type=output.content_type)
    transcript = Transcript.model_validate_json(body)
    text, media_type = rendered(transcript, form.response_format, frozenset(form.granularities))
    return Response(text, media_type=media_type)
