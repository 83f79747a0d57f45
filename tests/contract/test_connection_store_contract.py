"""Connections, and the jobs that each watches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.connection_store import DynamoConnectionStore
from shared.domain.connections import LONGEST, Connection
from shared.domain.ids import new_id
from shared.ports.connection_store import ConnectionMissing, TooManyJobs
from shared.testing.clock import START
from shared.testing.connection_store import InMemoryConnectionStore


@pytest.fixture
def connections(backend):
    return backend.store(InMemoryConnectionStore, DynamoConnectionStore)


def make_connection(**changes):
    return Connection(**{"connection_id": new_id(), "user_id": "user-1", "connected_at": START, **changes})


@pytest.mark.parametrize("changes", [{}, {"key_hash": "ab" * 32, "until": START + timedelta(hours=1)}])
def test_a_connection_is_found_with_everything_that_was_stored(connections, changes):
    connection = make_connection(**changes)
    connections.add(connection)

    assert connections.get(connection.connection_id) == connection
    assert connections.get(new_id()) is None


def test_many_are_found_at_once_each_as_often_as_it_is_there(connections):
    first, second = make_connection(), make_connection()
    for connection in (first, second):
        connections.add(connection)

    asked = [second.connection_id, new_id(), first.connection_id, second.connection_id]

    assert sorted(connections.get_many(asked), key=lambda one: one.connection_id) == [first, second]
    assert connections.get_many([]) == ()


def test_a_connection_watches_as_many_jobs_as_it_may_and_the_same_one_twice(connections):
    connection = make_connection()
    connections.add(connection)
    for job_id in ("1", "2", "2"):
        connections.add_job(connection.connection_id, job_id, most=2)

    with pytest.raises(TooManyJobs):
        connections.add_job(connection.connection_id, "3", most=2)
    assert connections.get(connection.connection_id).job_ids == {"1", "2"}

    connections.remove_job(connection.connection_id, "1")
    connections.remove_job(connection.connection_id, "unknown")
    connections.add_job(connection.connection_id, "3", most=2)
    assert connections.get(connection.connection_id).job_ids == {"2", "3"}


def test_the_last_job_may_go_and_others_come(connections):
    connection = make_connection()
    connections.add(connection)
    connections.add_job(connection.connection_id, "1", most=1)
    connections.remove_job(connection.connection_id, "1")

    assert connections.get(connection.connection_id) == connection
    connections.add_job(connection.connection_id, "2", most=1)


def test_nothing_brings_a_connection_back_that_is_gone(connections):
    connection = make_connection()
    connections.add(connection)
    for _ in range(2):
        connections.delete(connection.connection_id)

    with pytest.raises(ConnectionMissing):
        connections.add_job(connection.connection_id, "1", most=2)
    connections.remove_job(connection.connection_id, "1")
    assert connections.get(connection.connection_id) is None


def test_a_record_goes_some_time_after_its_connection_must_have_ended(moto_cloud):
    table = moto_cloud.table_name()
    connection = make_connection()
    DynamoConnectionStore(moto_cloud.dynamodb, table).add(connection)

    key = {"PK": {"S": f"CONNECTION#{connection.connection_id}"}, "SK": {"S": "META"}}
    item = moto_cloud.dynamodb.get_item(TableName=table, Key=key)["Item"]

    kept_seconds = int(item["ttl"]["N"]) - START.timestamp()
    assert LONGEST.total_seconds() < kept_seconds < 2 * LONGEST.total_seconds()
