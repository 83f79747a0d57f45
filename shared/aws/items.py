"""Records as items of the table: the record's camelCase JSON, typed as DynamoDB types it.

An index holds every item that has both of its keys. Both indexes (``userId`` + ``createdAt``,
``status`` + ``createdAt``) are of jobs alone, and files and users have a ``createdAt`` too: only a job
stores it under that name, every other record as ``recordCreatedAt``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from shared.aws.faults import AttributeItem
from shared.domain.record import Record

RecordType = TypeVar("RecordType", bound=Record)
Plain = dict[str, Any]
"""An item in Python's types: text, int, Decimal, bool, list, dict, set of text."""

PARTITION_KEY = "PK"
SORT_KEY = "SK"
TTL = "ttl"
_CREATED_AT = "createdAt"
_UNINDEXED_CREATED_AT = "recordCreatedAt"
_STORAGE_NAMES = frozenset({PARTITION_KEY, SORT_KEY, TTL})

_KEPT = timedelta(days=30)
"""Longer than any message lives: 14 days in its queue and 14 in the dead-letter queue."""

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def key_of(partition: str, sort: str = "META") -> Plain:
    """The primary key of an item."""
    return {PARTITION_KEY: partition, SORT_KEY: sort}


def ttl_of_remains(now: datetime) -> int:
    """Until when a record is kept that only messages under way still need, in seconds since 1970."""
    return int((now + _KEPT).timestamp())


def encode(plain: Mapping[str, Any]) -> dict[str, Any]:
    """From Python's types to ``{"S": …}``, ``{"N": …}`` and so on."""
    return {name: _serializer.serialize(value) for name, value in plain.items()}


def decode(item: AttributeItem) -> Plain:
    """From ``{"S": …}``, ``{"N": …}`` and so on to Python's types."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def plain_of(record: Record) -> Plain:
    """A record's JSON without its nulls; floats as decimals, which are what the table stores."""
    text = record.model_dump_json(by_alias=True, exclude_none=True)
    plain: Plain = json.loads(text, parse_float=Decimal)
    return plain


def unindexed(plain: Plain) -> Plain:
    """The same, kept out of the indexes of jobs."""
    return {_UNINDEXED_CREATED_AT if name == _CREATED_AT else name: value for name, value in plain.items()}


def record_of(record_type: type[RecordType], plain: Plain) -> RecordType:
    """The record in an item, indexed or not."""
    fields = {name: value for name, value in plain.items() if name not in _STORAGE_NAMES}
    if _UNINDEXED_CREATED_AT in fields:
        fields[_CREATED_AT] = fields.pop(_UNINDEXED_CREATED_AT)
    return record_type.model_validate(fields)
