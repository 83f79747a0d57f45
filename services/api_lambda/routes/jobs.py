"""A user's jobs: list, look, fetch, cancel, delete."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from fastapi.concurrency import run_in_threadpool

from services.api_lambda.api_document import FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.caller import OwnJob, OwnJobToChange, Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.downloads import download_files
from services.api_lambda.request_models import JobsQuery
from services.api_lambda.response_models import DownloadAnswer, JobsAnswer, JobView
from shared.domain.errors import PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.workflows import transcript_job_id

router = APIRouter(tags=["jobs"])


@router.get(
    "/v1/jobs",
    summary="List jobs",
    responses=problem_responses(*FOR_READER, Fault.INVALID_REQUEST, Fault.INVALID_CURSOR),
)
def list_jobs(api: Api, caller: Reader, query: Annotated[JobsQuery, Query()]) -> JobsAnswer:
    """Newest first, page by page. A page may hold fewer than `limit`; the last has no nextCursor."""
    read = partial(
        api.jobs.list_for_user,
        caller.user_id,
        status=query.status.to_job_status() if query.status else None,
        job_type=JobType(query.type.upper()) if query.type else None,
        limit=query.limit,
    )
    page = read(cursor=query.cursor)
    while page.next_cursor is not None and page.jobs and all(job.parent_id for job in page.jobs):
        page = read(cursor=page.next_cursor)  # nothing but parts of workflows, which are in no list
    return JobsAnswer.of(page)


@router.get(
    "/v1/jobs/{jobId}", summary="Look at a job", responses=problem_responses(*FOR_READER, Fault.NOT_FOUND)
)
async def get_job(api: Api, job: OwnJob) -> JobView:
    """The job as of now, a workflow with its steps."""
    if not job.type.is_workflow:  # nothing to wait for, so no other thread
        return JobView.of(job)
    return JobView.of(job, await run_in_threadpool(api.steps.list, job.job_id))


@router.get(
    "/v1/jobs/{jobId}/download",
    summary="Fetch a job's outputs",
    responses=problem_responses(*FOR_READER, Fault.NOT_FOUND, Fault.JOB_NOT_FINISHED),
)
def download_job(api: Api, job: OwnJob) -> DownloadAnswer:
    """A short-lived URL for each output of a completed job."""
    if job.status is not JobStatus.COMPLETED:
        raise PermanentError(Fault.JOB_NOT_FINISHED, status=job.status.lower())
    return DownloadAnswer(files=download_files(api, job))


@router.delete(
    "/v1/jobs/{jobId}",
    summary="Cancel a job, or delete it",
    response_model=JobView,
    responses={
        204: {"description": "Deleted, with `purge`."},
        **problem_responses(*FOR_WRITER, Fault.INVALID_REQUEST, Fault.NOT_FOUND, Fault.JOB_ALREADY_FINISHED),
    },
)
def end_job(
    api: Api,
    caller: Writer,
    job: OwnJobToChange,
    purge: Annotated[
        bool,
        Query(
            description="Delete the job, its audio and its outputs, for good. Other jobs for the same file "
            "that have not read it yet will fail."
        ),
    ] = False,
) -> JobView | Response:
    """Cancels it wherever it is; repeating the call gets the same answer.

    With `purge` it is deleted as well, whatever came of it: from then on there is no such job (404). A
    call that ended in an error is to be repeated.
    """
    answer = _purge(api, job) if purge else _cancel(api, job)
    api.open_jobs.leave(caller, job.job_id)
    if job.parent_id is not None:  # no notice tells of this end
        api.wake(job.parent_id)
    return answer


def _purge(api: Api, job: Job) -> Response:
    api.deletion(job)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _cancel(api: Api, job: Job) -> JobView:
    try:
        cancelled = api.jobs.cancel(job.job_id, now=api.clock.now())
        if job.type.is_workflow:
            with suppress(TransitionRefused):  # there is none, or it has ended
                api.jobs.cancel(transcript_job_id(job.job_id), now=api.clock.now())
        return JobView.of(cancelled)
    except TransitionRefused as refused:
        if refused.current is None:
            raise PermanentError(Fault.NOT_FOUND) from refused
        if refused.current.status is not JobStatus.CANCELLED:
            word = refused.current.status.lower()
            raise PermanentError(Fault.JOB_ALREADY_FINISHED, status=word) from refused
        return JobView.of(refused.current)
