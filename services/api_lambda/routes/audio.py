"""The audio toolbox: converting, cutting, measuring, tagging and drawing files."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status
from fastapi.concurrency import run_in_threadpool

from services.api_lambda.acceptance import ACCEPTED, MAKES_JOB, WITH_LOCATION, accepted, failure_of, make_job
from services.api_lambda.api_document import problem_responses
from services.api_lambda.audio_requests import (
    AnalyseRequest,
    ConvertRequest,
    MetadataRequest,
    SpectrogramRequest,
    SplitRequest,
)
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api, ApiDependencies
from services.api_lambda.downloads import download_files
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.response_models import JobCreatedAnswer, MetadataAnswer
from services.api_lambda.wire_status import WireStatus
from shared.domain.faults import Fault
from shared.domain.file_tags import FileTags
from shared.domain.jobs import Job, JobStatus
from shared.domain.results import OperationResult
from shared.ports.object_store import ObjectMissing, PresignedUpload

router = APIRouter(tags=["audio"], route_class=IdempotentRoute)

BODY_BYTES = {
    "/v1/audio/split": 256 * 1024,
    "/v1/audio/metadata": 4 * 1024**2,
}
"""A thousand segments with names, and cover art in base64; Lambda takes 6 MB."""
_FOUND_BY_THE_WORKER = (
    Fault.UNREADABLE_MEDIA,
    Fault.NO_AUDIO_TRACK,
    Fault.SEGMENT_OUTSIDE_AUDIO,
    Fault.TAGS_UNSUPPORTED,
    Fault.TAGS_TOO_LARGE,
    Fault.COVER_NOT_AN_IMAGE,
    Fault.FILE_MISSING,
    Fault.JOB_NOT_FINISHED,
)
"""What a job of tags that was waited for may end with."""


@router.post(
    "/v1/audio/convert",
    summary="Convert a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def convert(
    api: Api, caller: Writer, new_id: NewIds, request: ConvertRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Makes an MP3, FLAC, WAV, M4A (AAC), Ogg Vorbis or Opus file of it.

    Tags and cover art are kept where the format holds any, unless `preserveMetadata` is false. As with
    transcriptions, the file was announced before (`fileId`) or comes with the call (`upload`); the outputs
    are at `GET /v1/jobs/{jobId}/download`.
    """
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/audio/split",
    summary="Split a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def split(
    api: Api, caller: Writer, new_id: NewIds, request: SplitRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Cuts it at the sample, by times, silences, equal parts or its chapters; up to 1,000 pieces.

    A segment that goes past the end of the sound fails the job, and no piece is kept. With `crossFade`,
    pieces that adjoin overlap by ten milliseconds.
    """
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/audio/analyze",
    summary="Measure a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def analyze(
    api: Api, caller: Writer, new_id: NewIds, request: AnalyseRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Measures noise, distortion, loudness and more: the job's `qualityMetrics`, with a level and its reason.

    Distortion (`thdPlusN`) is told of test tones only: of music, everything beside its loudest note would
    be distortion.
    """
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/audio/spectrogram",
    summary="Draw a file",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def spectrogram(
    api: Api, caller: Writer, new_id: NewIds, request: SpectrogramRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Draws a spectrogram or waveform with its axes, or tells a player its peaks."""
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/audio/metadata",
    summary="Read or write a file's tags",
    response_model=MetadataAnswer,
    responses={
        202: {
            "model": JobCreatedAnswer,
            "description": "It takes longer, or its file is still to come: ask for the job.",
            **WITH_LOCATION,
        },
        **problem_responses(*MAKES_JOB, *_FOUND_BY_THE_WORKER),
    },
)
async def metadata(
    api: Api, caller: Writer, new_id: NewIds, request: MetadataRequest, call: Request
) -> Response:
    """Reads the tags, cover and chapters; or makes a copy of the file that has them changed.

    Waits for the job within a bounded time: 200 with the tags, and where to fetch the copy. The answer
    that is kept for an `Idempotency-Key` leaves the URLs out: they don't live as long.
    """
    cover = request.cover_image
    job, upload = await run_in_threadpool(make_job, api, caller, request, request.work, new_id, cover=cover)
    if job.status is not JobStatus.PENDING or await run_in_threadpool(_has_arrived, api, job):
        job = await api.waiter.until_final(job)
    if not job.status.is_final:
        return _to_be_asked_for(api, job, upload, call)
    if not isinstance(job.result, OperationResult):
        return failure_of(job, call)
    return await run_in_threadpool(_with_tags, api, job, job.result, call)


def _has_arrived(api: ApiDependencies, job: Job) -> bool:
    """Whether the file of a PENDING job is there, so that its event is about to start the job."""
    try:
        api.audio.stat(job.file.key)
    except ObjectMissing:
        return False
    return True


def _to_be_asked_for(
    api: ApiDependencies, job: Job, upload: PresignedUpload | None, call: Request
) -> Response:
    response = Response(status_code=status.HTTP_202_ACCEPTED, media_type="application/json")
    answer = accepted(api, job, upload, response, call)
    headers = {"Location": response.headers["Location"]}
    return Response(
        answer.model_dump_json(by_alias=True, exclude_none=True),
        status.HTTP_202_ACCEPTED,
        headers=headers,
        media_type="application/json",
    )


def _with_tags(api: ApiDependencies, job: Job, result: OperationResult, call: Request) -> Response:
    answer = MetadataAnswer(
        job_id=job.job_id,
        status=WireStatus.of(job.status),
        tags=result.tags or FileTags(),
        files=download_files(api, job),
    )
    call.state.body_to_keep = answer.model_copy(update={"files": ()}).model_dump_json(by_alias=True).encode()
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
