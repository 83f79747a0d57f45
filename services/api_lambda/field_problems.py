"""Says what is wrong with the fields of a request, in English that the caller's terms stand in.

Pydantic's own messages speak of inputs and strings; here each becomes a clause about a field, and the
clauses become sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.api_lambda.problems import FieldProblem

_MAX_PROBLEMS = 20
"""A body of unknown fields must not get an answer longer than itself."""
_MAX_FIELD_CHARACTERS = 100

_NOT_AN_OBJECT = frozenset({"missing", "model_attributes_type", "model_type", "dict_type"})
_WHOLE_NUMBER = "must be a whole number"
_TRUE_OR_FALSE = "must be true or false"
_OBJECT = "must be an object"
_CLAUSES: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "bool_type": _TRUE_OR_FALSE,
    "bool_parsing": _TRUE_OR_FALSE,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_long": "must have at most {max_length} items, not {actual_length}",
    "too_short": "must have at least {min_length} items",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
"""By Pydantic's error type; placeholders are of its context (https://docs.pydantic.dev/latest/errors/)."""
_CHOICE = re.compile(r"\[|^[A-Z][a-z]+[A-Z]")
_SUBJECT = re.compile(r"^(Value error, |(Input|String) should )")


def field_problems(faults: Sequence[Mapping[str, Any]]) -> tuple[FieldProblem, ...]:
    """The first faults that Pydantic found, in the caller's terms."""
    told: dict[str, FieldProblem] = {}
    for fault in _innermost(faults):
        problem = _field_problem(fault)
        before = told.get(problem.field)
        if before is not None and before.message != problem.message:  # of a choice, no branch fits
            message = f"{before.message}, or {problem.message}"
            problem = problem.model_copy(update={"message": message})
        told[problem.field] = problem
    return tuple(told.values())[:_MAX_PROBLEMS]


def in_sentences(problems: Sequence[FieldProblem]) -> str:
    """One sentence a problem; the last goes without its full stop."""
    return ". ".join(f"The {_subject(problem.field)} {problem.message}" for problem in problems)


def _subject(field: str) -> str:
    return field if field in ("body", "query") else f"field {field}"


def _innermost(faults: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that say most.

    Not that a list is too short, where its items were left out for faults of their own; nor that an object
    is none of the words of a choice, where something in the object is wrong.
    """
    paths = [_path(fault) for fault in faults]
    outer = {path[:length] for path in paths for length in range(1, len(path))}
    return [fault for fault, path in zip(faults, paths, strict=True) if path not in outer]


def _path(fault: Mapping[str, Any]) -> tuple[str, ...]:
    """Where it was found, without Pydantic's names of choices: ``literal['a','b']`` and the class's own."""
    return tuple(part for part in map(str, fault["loc"]) if not _CHOICE.search(part))


def _field_problem(fault: Mapping[str, Any]) -> FieldProblem:
    """The path without where it was found, a clause as message."""
    place, *path = _path(fault)
    if not path and fault["type"] in _NOT_AN_OBJECT:
        return FieldProblem(field=place, message="must be a JSON object, sent as application/json")
    field = ".".join(path) or place
    return FieldProblem(field=field[:_MAX_FIELD_CHARACTERS], message=_clause(fault))


def _clause(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "too_short" and fault["ctx"]["min_length"] == 1:
        return "must not be empty"
    known = _CLAUSES.get(fault["type"])
    if known is not None:
        return known.format(**fault.get("ctx", {}))
    said, subjects = _SUBJECT.subn("", fault["msg"])
    if not subjects:
        return "is not valid"
    return said if fault["type"] == "value_error" else f"must {said}"
