"""What ``/openapi.json`` says besides what FastAPI finds out by itself: the problems of each route.

Its texts are docstrings and field names, written for readers of the code; here they are put in the
document's terms.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.alias_generators import to_camel

from services.api_lambda.field_problems import in_sentences
from services.api_lambda.problems import MEDIA_TYPE, FieldProblem, Problem, problem_of
from shared.domain.faults import Fault
from shared.domain.sizes import limit_facts

FOR_READER = (
    Fault.MISSING_CREDENTIALS,
    Fault.INVALID_CREDENTIALS,
    Fault.ACCOUNT_CLOSED,
    Fault.LIMIT_REACHED,
)
"""The problems of every route that needs a key or a token."""
FOR_WRITER = (*FOR_READER, Fault.INSUFFICIENT_SCOPE)
"""The problems of every route that changes something."""
BODY = (
    Fault.MALFORMED_JSON,
    Fault.INVALID_REQUEST,
    Fault.BODY_TOO_LARGE,
    Fault.IDEMPOTENCY_KEY_INVALID,
    Fault.IDEMPOTENCY_KEY_REUSED,
    Fault.REQUEST_IN_PROGRESS,
)
"""The problems of every POST."""

_REFERENCE = "#/components/schemas/"
_EXAMPLE_ERRORS = (FieldProblem(field="upload.size", message="must be at least 0"),)
_EXAMPLE_FACTS: Mapping[Fault, Mapping[str, Any]] = {
    Fault.INVALID_REQUEST: {"problems": in_sentences(_EXAMPLE_ERRORS)},
    Fault.BODY_TOO_LARGE: limit_facts(64 * 1024),
    Fault.FILE_TOO_LARGE: limit_facts(2 * 1024**3),
    Fault.LIMIT_REACHED: {
        "limit": "120 requests a minute",
        "limit_name": "requests-a-minute",
        "retry_after_seconds": 17,
    },
    Fault.RANGE_NOT_SATISFIABLE: {"size": 2048},
    Fault.TIER_TOO_LOW: {"ability": "spectrogram", "tier": "pro"},
    Fault.NOT_A_TRANSCRIPTION: {"type": "split"},
    Fault.TAGS_UNSUPPORTED: {"format": "matroska"},
    Fault.TAGS_TOO_LARGE: {"limit": "10 MiB"},
    Fault.SEGMENT_OUTSIDE_AUDIO: {"duration_seconds": 61.5, "what": "the chapter 'Coda'"},
    Fault.CLIP_TIMES_INVALID: {"problems": "The field duration_ms must be at most 60000"},
    Fault.RETRIES_EXHAUSTED: {"tries": 4},
    Fault.CLIP_TIMED_OUT: {"retry_after_seconds": 5},
    Fault.MALFORMED_FORM: {"reason": "it has no file"},
    Fault.TOO_MANY_KEYS: {"most": 50},
    Fault.TOO_MANY_WEBHOOKS: {"most": 10},
    Fault.WEBHOOK_URL_REFUSED: {"reason": "it must begin with https://"},
    Fault.UNSUPPORTED_TYPE: {"content_type": "text/plain"},
    Fault.FILE_UNUSABLE: {"status": "rejected"},
    Fault.UPLOAD_INCOMPLETE: {"numbers": "3, 4, 7"},
    Fault.JOB_NOT_FINISHED: {"status": "processing"},
    Fault.JOB_ALREADY_FINISHED: {"status": "completed"},
}
_AS_GIVEN = frozenset({"default", "example", "examples"})
"""Keys whose values are data, not schema."""
_LITERAL = re.compile(r"(?::[a-z]+:`~?|``)([^`]+)`{1,2}")
"""What a docstring marks up: a literal, or a role such as a class."""
_SNAKE_NAME = re.compile(r"[a-z]+(_[a-z]+)+")


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
    facts = _EXAMPLE_FACTS.get(fault, {})
    problem = problem_of(
        fault,
        fault.describe(**facts),
        errors=_EXAMPLE_ERRORS if fault is Fault.INVALID_REQUEST else None,
        limit_bytes=facts.get("limit_bytes"),
        limit=facts.get("limit_name"),
    )
    return problem.model_dump(by_alias=True, exclude_none=True)


def document_api(app: FastAPI) -> None:
    """Let ``/openapi.json`` hold the schema that the problem responses refer to, in callers' terms."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                servers=app.servers,
            )
            problem = Problem.model_json_schema(ref_template=_REFERENCE + "{model}", mode="serialization")
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            components.update(problem.pop("$defs"), Problem=problem)
            for part in ("paths", "components"):
                schema[part] = _for_callers(schema[part])
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _for_callers(node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A part of the document without made-up titles ("Jobid"), its descriptions in Markdown."""
    if isinstance(node, list):
        return [_for_callers(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _described(key, value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))  # a property may be called so, too
    }


def _described(key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if key in _AS_GIVEN:
        return value
    if key == "description" and isinstance(value, str):
        return _LITERAL.sub(_in_markdown, value)
    return _for_callers(value)


def _in_markdown(literal: re.Match[str]) -> str:
    name = literal[1]
    return f"`{to_camel(name) if _SNAKE_NAME.fullmatch(name) else name}`"
