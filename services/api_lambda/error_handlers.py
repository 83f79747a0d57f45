"""Turns what routes raise into problem documents.

What nobody expected is not handled here but in :mod:`services.api_lambda.request_log`, which is outside
of everything and can log it with the call that it broke.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.api_lambda.problems import FieldProblem, encode, headers_of, problem_of
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.log import get_logger

_log = get_logger(__name__)

_MAX_PROBLEMS = 20
"""A body of unknown fields must not get an answer longer than itself."""
_MAX_FIELD_CHARACTERS = 100

_FAULT_OF_STATUS = {
    400: Fault.MALFORMED_JSON,  # a body that breaks the parser: not UTF-8, nested without end
    404: Fault.NOT_FOUND,
    405: Fault.METHOD_NOT_ALLOWED,
}
_NOT_AN_OBJECT = frozenset({"missing", "model_attributes_type", "model_type", "dict_type"})
_MESSAGES = {"missing": "is required", "extra_forbidden": "is not a field of this request"}


def handle_errors(app: FastAPI) -> None:
    """Register a handler for every class of error that routes raise on purpose."""
    app.add_exception_handler(PermanentError, _on_permanent)
    app.add_exception_handler(TransientError, _on_transient)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def _answer(
    request: Request,
    fault: Fault,
    detail: str,
    *,
    errors: tuple[FieldProblem, ...] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = problem_of(fault, detail, request_id=request.state.request_id, errors=errors)
    return Response(encode(problem), problem.status, headers={**(headers or {}), **headers_of(fault)})


def _on_permanent(request: Request, error: Exception) -> Response:
    assert isinstance(error, PermanentError)  # noqa: S101 - Starlette's handler type is wider
    return _answer(request, error.fault, str(error))


def _on_transient(request: Request, error: Exception) -> Response:
    _log.warning("unavailable", error=str(error), exc_info=error)
    return _answer(request, Fault.UNAVAILABLE, Fault.UNAVAILABLE.describe())


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's handler type is wider
    fault = _FAULT_OF_STATUS.get(error.status_code, Fault.INTERNAL)
    return _answer(request, fault, fault.describe(), headers=error.headers)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette's handler type is wider
    faults: Sequence[dict[str, Any]] = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _answer(request, Fault.MALFORMED_JSON, Fault.MALFORMED_JSON.describe())
    errors = tuple(_field_problem(fault) for fault in faults[:_MAX_PROBLEMS])
    problems = "; ".join(f"{problem.field} {problem.message}" for problem in errors)
    return _answer(
        request, Fault.INVALID_REQUEST, Fault.INVALID_REQUEST.describe(problems=problems), errors=errors
    )


def _field_problem(fault: dict[str, Any]) -> FieldProblem:
    """Pydantic's fault in the caller's terms: the path without where it was found, a clause as message."""
    place, *path = fault["loc"]
    if not path and fault["type"] in _NOT_AN_OBJECT:
        return FieldProblem(field=str(place), message="must be a JSON object, sent as application/json")
    field = ".".join(str(part) for part in path) or str(place)
    message = _MESSAGES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return FieldProblem(field=field[:_MAX_FIELD_CHARACTERS], message=message[:1].lower() + message[1:])
