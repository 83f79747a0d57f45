"""Who calls, and what is theirs. What is another's does not exist for a caller: 404, not 403."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import APIKeyHeader

from services.api_lambda.dependencies import Api
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job

API_KEY_HEADER = "X-API-Key"

_api_key = APIKeyHeader(
    name=API_KEY_HEADER,
    scheme_name="ApiKey",
    description="The key that was given to you with your account.",
    auto_error=False,
)


def _caller_id(request: Request, api: Api, api_key: Annotated[str | None, Security(_api_key)]) -> str:
    user_id = api.authenticator.user_id_of(api_key)
    request.state.user_id = user_id  # the access log names it
    return user_id


CallerId = Annotated[str, Depends(_caller_id)]
"""The id of the user who calls. A route with this parameter needs a key."""


def _own_job(
    api: Api, caller_id: CallerId, job_id: Annotated[str, Path(alias="jobId", description="The job's id.")]
) -> Job:
    job = api.jobs.get(job_id) if is_id(job_id) else None
    if job is None or job.user_id != caller_id:
        raise PermanentError(Fault.NOT_FOUND)
    return job


OwnJob = Annotated[Job, Depends(_own_job)]
"""The job named by the path, which is the caller's."""
