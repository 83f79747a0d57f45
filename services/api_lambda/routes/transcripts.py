"""Transcripts over HTTP: whole or in parts, and searched by phrase."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response, status
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from services.api_lambda.api_document import FOR_READER, problem_responses
from services.api_lambda.byte_ranges import ByteRange, RangeNotSatisfiable, range_of
from services.api_lambda.caller import OwnJob, Reader
from services.api_lambda.dependencies import Api
from services.api_lambda.phrase_search import find_phrase, folded
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.record import Record, Timestamp
from shared.domain.results import JobOutput
from shared.ports.object_store import ObjectMissing

MOST_ANSWER_BYTES = 4 * 1024**2
"""A Lambda function answers 6 MB at most."""
_MOST_SEARCHED_BYTES = 2 * 1024**2
_TRANSCRIPTS_A_SEARCH = 10
_FINDINGS_A_TRANSCRIPT = 5

router = APIRouter(tags=["transcripts"])

Format = Literal["json", "txt", "srt", "vtt", "tsv"]


@router.head("/v1/jobs/{jobId}/transcript", include_in_schema=False)
@router.get(
    "/v1/jobs/{jobId}/transcript",
    summary="Read a transcript",
    response_class=Response,
    responses={
        200: {"description": "The transcript.", "content": {"text/plain": {}, "application/json": {}}},
        206: {"description": "The part that `Range` names."},
        304: {"description": "It is the one that `If-None-Match` names."},
        307: {"description": "It is too large for one answer: leads to storage, where it is whole."},
        **problem_responses(
            *FOR_READER,
            Fault.INVALID_REQUEST,
            Fault.NOT_FOUND,
            Fault.JOB_NOT_FINISHED,
            Fault.NOT_A_TRANSCRIPTION,
            Fault.RANGE_NOT_SATISFIABLE,
        ),
    },
)
def read_transcript(
    api: Api,
    job: OwnJob,
    output_format: Annotated[Format, Query(alias="format", description="Which form of it.")] = "txt",
    byte_range: Annotated[str | None, Header(alias="Range", description="One range of bytes.")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """The text itself. A transcript never changes: its ETag stays good for as long as the job is there."""
    output = _output(job, output_format)
    etag = f'"{job.job_id}-{job.attempts}-{output_format}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",  # kept by the caller, asked for each time: it may be deleted
        "Vary": "Authorization, X-API-Key",
        "X-Content-Type-Options": "nosniff",
    }
    if if_none_match is not None and _names(if_none_match, etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    wanted = byte_range if if_range in (None, etag) else None
    try:
        part = range_of(wanted, output.size_bytes)
    except RangeNotSatisfiable as error:
        raise PermanentError(Fault.RANGE_NOT_SATISFIABLE, size=output.size_bytes) from error
    if part is None and output.size_bytes > MOST_ANSWER_BYTES:
        url = api.transcripts.presign_download(
            output.key, filename=output.filename, expires_seconds=api.limits.download_expires_seconds
        )
        return RedirectResponse(url, headers={"Cache-Control": "no-store"})
    asked = part or ByteRange(0, output.size_bytes)
    body = _read(api, output, asked.start, min(asked.length, MOST_ANSWER_BYTES))
    if part is not None:
        headers["Content-Range"] = ByteRange(part.start, len(body)).content_range(output.size_bytes)
    headers["Content-Type"] = output.content_type
    return Response(body, 200 if part is None else status.HTTP_206_PARTIAL_CONTENT, headers=headers)


class SearchQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=2, max_length=200, description="A phrase of at least two characters.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="The nextCursor of the answer before."
    )


class FindingView(Record):
    """Where the phrase stands."""

    job_id: str
    filename: str
    start_ms: int = Field(description="When the segment begins in which the phrase begins.")
    excerpt: str = Field(description="The phrase in its context, in lower case.")
    created_at: Timestamp


class SearchAnswer(Record):
    """What was found in the transcripts that this call read."""

    findings: tuple[FindingView, ...]
    searched: int = Field(description="How many transcripts were read.")
    next_cursor: str | None = Field(description="Goes on with older transcripts; null after the last.")


@router.get(
    "/v1/search",
    summary="Search transcripts by phrase",
    responses=problem_responses(*FOR_READER, Fault.INVALID_REQUEST, Fault.INVALID_CURSOR),
)
def search_transcripts(api: Api, caller: Reader, query: Annotated[SearchQuery, Query()]) -> SearchAnswer:
    """Reads the caller's transcripts, newest first, ten a call, and finds the phrase as it is spelled.

    Capitals and line breaks don't matter. There is no index: to search older transcripts, go on with the
    cursor. At most five findings a transcript, in its first 2 MiB.
    """
    phrase = folded(query.q)
    page = api.jobs.list_for_user(
        caller.user_id,
        status=JobStatus.COMPLETED,
        job_type=JobType.TRANSCRIPTION,
        limit=_TRANSCRIPTS_A_SEARCH,
        cursor=query.cursor,
    )
    findings = [finding for job in page.jobs for finding in _findings(api, job, phrase)]
    return SearchAnswer(findings=tuple(findings), searched=len(page.jobs), next_cursor=page.next_cursor)


def _findings(api: Api, job: Job, phrase: str) -> list[FindingView]:
    output = next((output for output in job.outputs if output.key.endswith(".tsv")), None)
    if output is None or not phrase:
        return []
    try:
        body = api.transcripts.read_range(output.key, 0, _MOST_SEARCHED_BYTES)
    except ObjectMissing:  # deleted since the page was read
        return []
    return [
        FindingView(
            job_id=job.job_id,
            filename=job.file.filename,
            start_ms=found.start_ms,
            excerpt=found.excerpt,
            created_at=job.created_at,
        )
        for found in find_phrase(body.decode(errors="replace"), phrase, most=_FINDINGS_A_TRANSCRIPT)
    ]


def _output(job: Job, output_format: str) -> JobOutput:
    if job.type is not JobType.TRANSCRIPTION:
        raise PermanentError(Fault.NOT_A_TRANSCRIPTION, type=job.type.lower())
    if job.status is not JobStatus.COMPLETED:
        raise PermanentError(Fault.JOB_NOT_FINISHED, status=job.status.lower())
    output = next((out for out in job.outputs if out.key.endswith(f"transcript.{output_format}")), None)
    if output is None:
        raise PermanentError(Fault.NOT_FOUND)
    return output


def _read(api: Api, output: JobOutput, start: int, length: int) -> bytes:
    try:
        return api.transcripts.read_range(output.key, start, length) if length else b""
    except ObjectMissing as error:
        raise PermanentError(Fault.NOT_FOUND) from error


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
