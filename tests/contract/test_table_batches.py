"""Batched reads: whole, whatever one call leaves out."""

from __future__ import annotations

import pytest

from shared.aws.items import key_of
from shared.aws.table import Table
from shared.domain.errors import TransientError


class Stingy:
    """A client that answers a batch with a few items and leaves the rest unprocessed."""

    def __init__(self, client, items_a_call):
        self._client = client
        self._items_a_call = items_a_call
        self.calls = 0

    def batch_get_item(self, *, RequestItems):
        self.calls += 1
        ((table_name, request),) = RequestItems.items()
        given, left_out = request["Keys"][: self._items_a_call], request["Keys"][self._items_a_call :]
        unprocessed = {table_name: {"Keys": left_out}} if left_out else {}
        if not given:
            return {"Responses": {}, "UnprocessedKeys": unprocessed}
        answer = self._client.batch_get_item(RequestItems={table_name: {"Keys": given}})
        return {**answer, "UnprocessedKeys": unprocessed}


@pytest.fixture
def table_name(moto_cloud):
    """A table of ten items."""
    name = moto_cloud.table_name()
    for number in range(10):
        Table(moto_cloud.dynamodb, name).put({**key_of(f"ITEM#{number}"), "number": number})
    return name


def numbers_of(items):
    return sorted(int(item["number"]) for item in items)


def keys(*numbers):
    return [key_of(f"ITEM#{number}") for number in numbers]


def test_those_that_are_there_are_found_and_no_key_is_no_call(moto_cloud, table_name):
    table = Table(moto_cloud.dynamodb, table_name)
    assert numbers_of(table.get_many(keys(3, 99, 7))) == [3, 7]
    assert Table(None, table_name).get_many([]) == []


def test_what_a_call_leaves_out_is_asked_for_again(moto_cloud, table_name):
    client = Stingy(moto_cloud.dynamodb, items_a_call=4)
    assert numbers_of(Table(client, table_name).get_many(keys(*range(10)))) == list(range(10))
    assert client.calls == 3


def test_a_table_that_gives_nothing_is_not_asked_for_ever(moto_cloud, table_name):
    client = Stingy(moto_cloud.dynamodb, items_a_call=0)
    with pytest.raises(TransientError, match="throttled"):
        Table(client, table_name).get_many(keys(1, 2))
    assert client.calls == 1
