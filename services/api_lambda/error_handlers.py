"""Turns what routes raise into problem documents.

What nobody expected is not handled here but in :mod:`services.api_lambda.request_log`, which is outside
of everything and can log it with the call that it broke.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.api_lambda.field_problems import field_problems, in_sentences
from services.api_lambda.problem_page import PAGE_HEADERS, asks_for_page, render_page
from services.api_lambda.problems import Problem, encode, headers_of, problem_of
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.log import get_logger

_log = get_logger(__name__)

_FAULT_OF_STATUS = {
    400: Fault.MALFORMED_JSON,  # a body that breaks the parser: not UTF-8, nested without end
    404: Fault.NOT_FOUND,
    405: Fault.METHOD_NOT_ALLOWED,
}


def handle_errors(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Register a handler for every class of error that routes raise on purpose."""
    app.state.routes = routes
    app.add_exception_handler(PermanentError, _on_permanent)
    app.add_exception_handler(TransientError, _on_transient)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def _answer(
    request: Request, fault: Fault, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    if asks_for_page(request):
        return HTMLResponse(render_page(problem), problem.status, headers=PAGE_HEADERS)
    document = encode(problem.told_at(request.url.path))
    return Response(document, problem.status, headers={**(headers or {}), **headers_of(fault)})


def _on_permanent(request: Request, error: Exception) -> Response:
    assert isinstance(error, PermanentError)  # noqa: S101 - Starlette's handler type is wider
    limit_bytes, limit = error.facts.get("limit_bytes"), error.facts.get("limit_name")
    problem = problem_of(
        error.fault,
        str(error),
        request_id=request.state.request_id,
        limit_bytes=limit_bytes if isinstance(limit_bytes, int) else None,
        limit=limit if isinstance(limit, str) else None,
    )
    seconds = error.facts.get("retry_after_seconds")
    return _answer(request, error.fault, problem, {"Retry-After": str(seconds)} if seconds else None)


def _on_transient(request: Request, error: Exception) -> Response:
    _log.warning("unavailable", error=str(error), exc_info=error)
    return _answer(request, Fault.UNAVAILABLE, _plain_problem(request, Fault.UNAVAILABLE))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's handler type is wider
    fault = _FAULT_OF_STATUS.get(error.status_code, Fault.INTERNAL)
    headers = {"Allow": _allowed(request)} if fault is Fault.METHOD_NOT_ALLOWED else error.headers
    return _answer(request, fault, _plain_problem(request, fault), headers=headers)


def _allowed(request: Request) -> str:
    """Every method that some route takes at this path; the framework names those of the first alone."""
    routes: Sequence[APIRoute] = request.app.state.routes
    here = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette's handler type is wider
    faults: Sequence[dict[str, Any]] = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _answer(request, Fault.MALFORMED_JSON, _plain_problem(request, Fault.MALFORMED_JSON))
    errors = field_problems(faults)
    problem = problem_of(
        Fault.INVALID_REQUEST,
        Fault.INVALID_REQUEST.describe(problems=in_sentences(errors)),
        request_id=request.state.request_id,
        errors=errors,
    )
    return _answer(request, Fault.INVALID_REQUEST, problem)


def _plain_problem(request: Request, fault: Fault) -> Problem:
    return problem_of(fault, fault.describe(), request_id=request.state.request_id)
