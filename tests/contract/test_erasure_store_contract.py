"""Erasures: found while they are open, worked on by one at a time, and without their user in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.erasure_store import DynamoErasureStore
from shared.aws.job_store import DynamoJobStore
from shared.domain.erasures import Erasure
from shared.domain.ids import new_id
from shared.testing.clock import START
from shared.testing.erasure_store import InMemoryErasureStore

LATER = START + timedelta(minutes=1)


@pytest.fixture
def erasures(backend):
    return backend.store(InMemoryErasureStore, DynamoErasureStore)


def added(erasures, **changes):
    fields = {"receipt_id": new_id(), "user_id": "user-1", "requested_at": START}
    erasure = Erasure(**{**fields, **changes})
    erasures.add(erasure)
    return erasure


def test_an_erasure_comes_back_and_an_unknown_or_dropped_one_is_none(erasures):
    erasure = added(erasures)
    assert erasures.get(erasure.receipt_id) == erasure
    assert erasures.get(new_id()) is None
    erasures.drop(erasure.receipt_id)
    assert erasures.get(erasure.receipt_id) is None
    assert erasures.claim(erasure.receipt_id, now=START, until=LATER) is None


def test_open_ones_are_found_oldest_first(erasures):
    late, early = added(erasures, requested_at=LATER), added(erasures)
    completed = added(erasures)
    erasures.complete(completed.receipt_id, now=START)
    assert erasures.open_until(START, most=10) == (early.receipt_id,)
    assert erasures.open_until(LATER, most=10) == (early.receipt_id, late.receipt_id)
    assert erasures.open_until(LATER, most=1) == (early.receipt_id,)


def test_one_at_a_time_works_on_it_until_it_is_given_back_or_its_time_has_passed(erasures):
    receipt_id = added(erasures).receipt_id
    assert erasures.claim(receipt_id, now=START, until=LATER).user_id == "user-1"
    assert erasures.claim(receipt_id, now=START, until=LATER) is None
    erasures.release(receipt_id)
    assert erasures.claim(receipt_id, now=START, until=LATER) is not None
    assert erasures.claim(receipt_id, now=LATER, until=LATER) is not None


def test_what_was_deleted_adds_up_and_whose_it_was_is_forgotten(erasures):
    receipt_id = added(erasures).receipt_id
    erasures.claim(receipt_id, now=START, until=LATER)
    erasures.count(receipt_id, jobs=2, objects=1)
    erasures.count(receipt_id, jobs=3, webhooks=1, keys=1)
    erasures.count(receipt_id)
    erasures.complete(receipt_id, now=LATER)
    assert erasures.get(receipt_id) == Erasure(
        receipt_id=receipt_id,
        user_id=None,
        jobs=5,
        objects=1,
        webhooks=1,
        keys=1,
        requested_at=START,
        completed_at=LATER,
    )
    assert erasures.claim(receipt_id, now=LATER, until=LATER) is None


def test_an_erasure_is_none_of_the_users_jobs(moto_cloud):
    table = moto_cloud.table_name()
    added(DynamoErasureStore(moto_cloud.dynamodb, table))
    jobs = DynamoJobStore(moto_cloud.dynamodb, table)
    assert jobs.list_for_user("user-1", status=None, limit=10, cursor=None).jobs == ()
