"""Who may call a route, and what is the caller's. What is another's does not exist: 404, not 403.

A route says who may call it by its parameters: :data:`Reader` takes any key or token, :data:`Writer` those
that may change things; a route with neither is open to anyone. Whether the caller may is decided before
anything is looked up.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from services.api_lambda.authentication import API_KEY_HEADER, Caller, credentials_in
from services.api_lambda.dependencies import ApiDependencies, dependencies_of
from shared.domain.api_keys import Scope
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job

_LOOKS = frozenset({"GET", "HEAD"})

_api_key = APIKeyHeader(
    name=API_KEY_HEADER,
    scheme_name="ApiKey",
    description="An API key, made with `POST /v1/keys`.",
    auto_error=False,
)
_bearer = HTTPBearer(
    scheme_name="Bearer",
    bearerFormat="JWT",
    description="A token of the issuer that users sign in with, or an API key.",
    auto_error=False,
)


async def admit(request: Request, api: ApiDependencies) -> Caller:
    """Who calls, and that the user may call as often; found and counted once a call.

    Raises ``PermanentError``, ``TransientError``.
    """
    found: Caller | None = getattr(request.state, "caller", None)
    if found is not None:
        return found
    credentials = credentials_in(request.headers)
    caller = api.authenticator.remembered(credentials)
    if caller is None:  # only what may block is worth a hop to another thread
        caller = await run_in_threadpool(api.authenticator.caller_of, credentials)
    request.state.caller = caller
    request.state.user_id = caller.user_id  # the access log names it
    changes = request.method not in _LOOKS
    quota = None if changes else api.quota.admit_from_slice(caller)
    if quota is None:
        quota = await run_in_threadpool(api.quota.admit, caller, changes=changes)
    request.state.quota_headers = quota.headers() if quota and quota.limit else {}
    return caller


def count_change(request: Request, api: ApiDependencies, caller: Caller) -> None:
    """Count a call that was admitted as a look, and turns out to have something made.

    Raises ``PermanentError(LIMIT_REACHED)``.
    """
    quota = api.quota.count_change(caller)
    if quota is not None:
        request.state.quota_headers = quota.headers()


async def _reader(
    request: Request,
    _key: Annotated[str | None, Security(_api_key)],
    _token: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    return await admit(request, dependencies_of(request))


Reader = Annotated[Caller, Depends(_reader)]
"""Who calls. A route with this parameter needs a key or a token of any scope."""


async def _writer(caller: Reader) -> Caller:
    if caller.scope is not Scope.FULL:
        raise PermanentError(Fault.INSUFFICIENT_SCOPE)
    return caller


Writer = Annotated[Caller, Depends(_writer)]
"""Who calls. A route with this parameter needs a token, or a key whose scope is full."""

_JobId = Annotated[str, Path(alias="jobId", description="The job's id.")]


def _own_job(request: Request, caller: Reader, job_id: _JobId) -> Job:
    job = dependencies_of(request).jobs.get(job_id) if is_id(job_id) else None
    if job is None or job.user_id != caller.user_id:
        raise PermanentError(Fault.NOT_FOUND)
    return job


OwnJob = Annotated[Job, Depends(_own_job)]
"""The job named by the path, which is the caller's, to look at."""


async def _own_job_to_change(_caller: Writer, job: OwnJob) -> Job:
    return job


OwnJobToChange = Annotated[Job, Depends(_own_job_to_change)]
"""The job named by the path, which is the caller's, to change."""
