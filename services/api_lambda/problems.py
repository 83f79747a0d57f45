"""Every error of the API as a problem document: RFC 9457, ``application/problem+json``.

Callers program against ``code``, which comes from :class:`~shared.domain.faults.Fault` and never changes;
``detail`` is for people. ``requestId`` is what the log line of the same call carries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import Field

from shared.domain.faults import Fault
from shared.domain.record import Record

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
SERVER_ERROR = 500
OPENAI_PATHS = ("/v1/audio/transcriptions", "/v1/audio/translations")
"""The routes of OpenAI's shape."""

_CHALLENGE = 'ApiKey realm="escriba", Bearer realm="escriba"'
_EXTRA_HEADERS: Mapping[Fault, Mapping[str, str]] = {
    Fault.MISSING_CREDENTIALS: {"WWW-Authenticate": _CHALLENGE},
    Fault.INVALID_CREDENTIALS: {"WWW-Authenticate": _CHALLENGE},
    Fault.UNAVAILABLE: {"Retry-After": str(RETRY_AFTER_SECONDS)},
    Fault.REQUEST_IN_PROGRESS: {"Retry-After": "1"},
}


class FieldProblem(Record):
    """What is wrong with one field; ``field`` is a path such as ``upload.size``."""

    field: str
    message: str


class OpenAIError(Record):
    """A problem as OpenAI's clients look for it: without it they tell people the status alone."""

    message: str
    type: str = Field(examples=["invalid_request_error"])
    code: str


class Problem(Record):
    """A problem document."""

    type: str = Field(description="The code as a URN.", examples=["urn:escriba:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(examples=["There is no such resource: check the path and the ids."])
    code: str = Field(description="Stable: program against it.", examples=["not-found"])
    request_id: str | None = Field(default=None, description="Name it when you ask for help.")
    errors: tuple[FieldProblem, ...] | None = Field(default=None, description="With code invalid-request.")
    limit_bytes: int | None = Field(
        default=None, description="The limit, with codes file-too-large and body-too-large."
    )
    limit: str | None = Field(
        default=None,
        description="With code limit-reached: requests-a-minute, requests-a-day or jobs-at-once.",
    )
    error: OpenAIError | None = Field(
        default=None, description="The same in OpenAI's shape, in answers of the routes that have it."
    )

    def told_at(self, path: str) -> Problem:
        """The problem as the route at this path answers it."""
        if path not in OPENAI_PATHS:
            return self
        kind = "invalid_request_error" if self.status < SERVER_ERROR else "server_error"
        error = OpenAIError(message=self.detail, type=kind, code=self.code)
        return self.model_copy(update={"error": error})


def problem_of(
    fault: Fault,
    detail: str,
    *,
    request_id: str | None = None,
    errors: tuple[FieldProblem, ...] | None = None,
    limit_bytes: int | None = None,
    limit: str | None = None,
) -> Problem:
    """The problem document for a fault."""
    return Problem(
        type=f"urn:escriba:problem:{fault.code}",
        title=fault.code.replace("-", " ").capitalize().replace("json", "JSON"),
        status=fault.http_status,
        detail=detail,
        code=fault.code,
        request_id=request_id,
        errors=errors,
        limit_bytes=limit_bytes,
        limit=limit,
    )


def encode(problem: Problem) -> bytes:
    """Compact ASCII JSON: what a caller sent may stand in it, lone surrogates included."""
    document = problem.model_dump(by_alias=True, exclude_none=True)
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def headers_of(fault: Fault) -> dict[str, str]:
    """What the answer carries besides its body."""
    return {"Content-Type": MEDIA_TYPE, **_EXTRA_HEADERS.get(fault, {})}
