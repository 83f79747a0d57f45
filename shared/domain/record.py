"""What all records have in common: frozen, strict about unknown fields, camelCase outside Python.

Times are UTC and written with exactly three decimals (``2026-11-20T12:30:04.123Z``, RFC 3339), so
that their text sorts as they do: conditional writes compare them as strings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


def format_time(moment: datetime) -> str:
    """RFC 3339 text of fixed width, in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """The moment that :func:`format_time` wrote."""
    return datetime.fromisoformat(text)


def _to_milliseconds(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time must carry its time zone")
    whole = moment.astimezone(UTC)
    return whole.replace(microsecond=whole.microsecond // 1000 * 1000)


Timestamp = Annotated[
    datetime,
    AfterValidator(_to_milliseconds),
    PlainSerializer(format_time, return_type=str, when_used="json"),
]
"""A UTC time at millisecond precision: what is stored and what is held are equal."""


class Record(BaseModel):
    """Base of everything that is stored, sent or answered."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
