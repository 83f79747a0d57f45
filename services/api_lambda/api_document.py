"""What ``/openapi.json`` says besides what FastAPI finds out by itself: the problems of each route."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api_lambda.problems import MEDIA_TYPE, Problem, problem_of
from shared.domain.faults import Fault

CREDENTIALS = (Fault.MISSING_CREDENTIALS, Fault.INVALID_CREDENTIALS)
"""The problems of every route that needs a key."""
BODY = (Fault.MALFORMED_JSON, Fault.INVALID_REQUEST, Fault.BODY_TOO_LARGE)
"""The problems of every route that takes a body."""

_REFERENCE = "#/components/schemas/"
_EXAMPLE_FACTS = {
    "content_type": "text/plain",
    "limit_bytes": 65_536,
    "problems": "language is required",
    "status": "failed",
}


def problem_responses(*faults: Fault) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may end with these faults, or in any other error."""
    by_status: dict[int | str, list[Fault]] = defaultdict(list)
    for fault in (*faults, Fault.UNAVAILABLE):
        by_status[fault.http_status].append(fault)
    by_status["default"] = [Fault.INTERNAL]
    return {status: _response(group) for status, group in by_status.items()}


def _response(faults: list[Fault]) -> dict[str, Any]:
    examples = {fault.code: {"value": _example(fault)} for fault in faults}
    return {
        "description": ", ".join(fault.code for fault in faults),
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE + "Problem"}, "examples": examples}},
    }


def _example(fault: Fault) -> dict[str, Any]:
    problem = problem_of(fault, fault.describe(**_EXAMPLE_FACTS))
    return problem.model_dump(by_alias=True, exclude_none=True)


def document_api(app: FastAPI) -> None:
    """Let ``/openapi.json`` hold the schema that the problem responses refer to."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            problem = Problem.model_json_schema(ref_template=_REFERENCE + "{model}", mode="serialization")
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            components.update(problem.pop("$defs"), Problem=problem)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it
