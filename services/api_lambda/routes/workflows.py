"""Workflows: a recording made ready for publication, in steps."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from services.api_lambda.acceptance import ACCEPTED, accepted, make_job
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.response_models import JobCreatedAnswer
from services.api_lambda.workflow_requests import AudiobookRequest, MusicMasteringRequest, PodcastRequest

router = APIRouter(tags=["workflows"], route_class=IdempotentRoute)


@router.post(
    "/v1/workflows/podcast",
    summary="Make a podcast episode",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def podcast(
    api: Api, caller: Writer, new_id: NewIds, request: PodcastRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Makes an MP3 at -16 LUFS (mono: -19) with peaks below -1 dBTP, tagged, measured before and after.

    With `transcript` the outputs of a transcription are among those of the job; with `chapters` they are in
    the MP3 (ID3) and in a `chapters.json` too. Where the transcript can't be had the job fails with
    `transcript-unavailable`. `GET /v1/jobs/{jobId}` shows the steps.
    """
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/workflows/music-mastering",
    summary="Master a piece of music",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def music_mastering(
    api: Api,
    caller: Writer,
    new_id: NewIds,
    request: MusicMasteringRequest,
    response: Response,
    call: Request,
) -> JobCreatedAnswer:
    """Makes a lossless master at -14 LUFS (professional: -16, 24 bits) below -1 dBTP, and an MP3 of it."""
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)


@router.post(
    "/v1/workflows/audiobook",
    summary="Make a chapter of an audiobook",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=ACCEPTED,
)
def audiobook(
    api: Api, caller: Writer, new_id: NewIds, request: AudiobookRequest, response: Response, call: Request
) -> JobCreatedAnswer:
    """Makes an MP3 of 192 kbit/s at 44.1 kHz and holds it to the limits of ACX.

    RMS between -23 and -18 dB, peaks at most -3 dB, noise floor at most -60 dB. A limit that fails does not
    fail the job: `result.checks` says of each what was measured and whether it holds, and `result.passed`
    whether all do. Noise can't be taken away by levelling: what is noisy stays so.
    """
    job, upload = make_job(api, caller, request, request.work, new_id)
    return accepted(api, job, upload, response, call)
