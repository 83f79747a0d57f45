"""The link in the e-mail: a token instead of a key, good for one job's outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, status
from fastapi.responses import RedirectResponse

from services.api_lambda.api_document import problem_responses
from services.api_lambda.dependencies import Api
from services.api_lambda.problem_page import show_problems_as_page
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus
from shared.domain.results import JobOutput

router = APIRouter(tags=["links"], dependencies=[Depends(show_problems_as_page)])

OutputFormat = Literal["txt", "json", "srt", "vtt", "tsv"]


@router.head("/v1/links/{token}", include_in_schema=False)  # mail scanners ask so before they let it pass
@router.get(
    "/v1/links/{token}",
    summary="Follow the link of an e-mail",
    status_code=status.HTTP_307_TEMPORARY_REDIRECT,
    response_class=RedirectResponse,
    responses=problem_responses(
        Fault.INVALID_REQUEST,
        Fault.LINK_INVALID,
        Fault.LINK_EXPIRED,
        Fault.NOT_FOUND,
        Fault.JOB_NOT_FINISHED,
    ),
)
def follow_link(
    api: Api,
    token: Annotated[str, Path(description="What the e-mail's link holds.")],
    output_format: Annotated[
        OutputFormat, Query(alias="format", description="Which form of a transcript.")
    ] = "txt",
    number: Annotated[
        int | None,
        Query(alias="output", ge=1, description="Which output, from 1; without it, that of `format`."),
    ] = None,
) -> RedirectResponse:
    """Leads to a fresh short-lived URL of the output: text opens in a browser, the rest is a download.

    Needs no key: the token is signed and lives 24 hours. A caller whose `Accept` names `text/html` and
    not JSON, as a browser's does, gets problems as a small page with the same status, code and sentence.
    """
    job = _linked_job(api, token)
    if job.status is not JobStatus.COMPLETED:
        raise PermanentError(Fault.JOB_NOT_FINISHED, status=job.status.lower())
    output = _output(job, output_format, number)
    if output is None:
        raise PermanentError(Fault.NOT_FOUND)
    url = api.transcripts.presign_download(
        output.key,
        filename=output.filename,
        expires_seconds=api.limits.download_expires_seconds,
        inline=number is None and output_format == "txt",
    )
    # The token stands in this page's address: it must not travel to the storage's host as a referrer.
    return RedirectResponse(url, headers={"Referrer-Policy": "no-referrer"})


def _output(job: Job, output_format: str, number: int | None) -> JobOutput | None:
    if number is not None:
        return job.outputs[number - 1] if number <= len(job.outputs) else None
    return next((out for out in job.outputs if out.key.endswith(f"transcript.{output_format}")), None)


def _linked_job(api: Api, token: str) -> Job:
    claims = api.links.read(token, now=api.clock.now())
    job = api.jobs.get(claims.job_id)
    if job is None or job.user_id != claims.user_id:
        raise PermanentError(Fault.LINK_INVALID)
    return job
