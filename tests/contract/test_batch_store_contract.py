"""Batches: read back as they were stored, the largest too; and which of them are to be told of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.batch_store import DynamoBatchStore
from shared.domain.batches import Batch, BatchNotify, BatchOutcome
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.builders import make_job
from shared.testing.clock import START


def a_batch(**changes):
    fields = {
        "batch_id": new_id(),
        "user_id": "user-1",
        "job_ids": tuple(new_id() for _ in range(3)),
        "refused": 3,
        "notify": BatchNotify.BATCH,
        "created_at": START,
        "kept_until": START + timedelta(days=7),
    }
    return Batch(**{**fields, **changes})


@pytest.fixture
def batches(backend):
    return backend.store(InMemoryBatchStore, DynamoBatchStore)


def test_the_largest_batch_comes_back_as_it_was_stored_and_an_unknown_one_is_none(batches):
    batch = a_batch(job_ids=tuple(new_id() for _ in range(1000)))
    batches.put(batch)
    assert batches.get("user-1", batch.batch_id) == batch
    assert batches.get("user-1", new_id()) is None
    assert batches.get("user-2", batch.batch_id) is None


def test_a_users_batches_are_listed_oldest_first_and_nobody_elses(batches):
    mine = [a_batch() for _ in range(2)]
    for batch in (*mine, a_batch(user_id="user-2")):
        batches.put(batch)
        batches.open(batch, awaited=batch.job_ids[0])
    assert batches.list("user-1") == tuple(sorted(mine, key=lambda batch: batch.batch_id))


def test_the_first_outcome_stands_and_one_of_no_batch_is_none(batches):
    batch = a_batch()
    batches.put(batch)
    outcomes = [
        BatchOutcome(ended_at=START, by_status={JobStatus.COMPLETED: count}, deleted=0) for count in (3, 2)
    ]
    for outcome in outcomes:
        assert batches.settle(batch, outcome).outcome == outcomes[0]
    assert batches.get("user-1", batch.batch_id).outcome == outcomes[0]
    assert batches.settle(a_batch(), outcomes[0]) is None


def test_a_batch_waits_for_one_job_after_another_until_it_is_closed(batches):
    batch = a_batch()
    first, second, third = batch.job_ids
    assert batches.opened("user-1", batch.batch_id) is None
    batches.open(batch, awaited=first)
    opened = batches.opened("user-1", batch.batch_id)
    assert opened.awaited == first
    assert batches.await_another(opened, awaited=second)
    assert not batches.await_another(opened, awaited=third)
    assert batches.opened("user-1", batch.batch_id).awaited == second
    batches.close("user-1", batch.batch_id)
    batches.close("user-1", batch.batch_id)
    assert not batches.await_another(opened, awaited=third)
    assert batches.opened("user-1", batch.batch_id) is None


def test_the_open_ones_of_all_users_are_found_by_their_age(batches):
    late = a_batch(created_at=START + timedelta(seconds=1))
    early = [a_batch(user_id=f"user-{number}") for number in range(3)]
    for batch in (late, *early):
        batches.open(batch, awaited=batch.job_ids[0])
    batches.close(early[0].user_id, early[0].batch_id)
    found = batches.open_until(START, most=100)
    assert {batch.batch_id for batch in found} == {batch.batch_id for batch in early[1:]}
    assert {batch.user_id for batch in found} == {"user-1", "user-2"}
    assert len(batches.open_until(START + timedelta(seconds=1), most=2)) == 2


def test_of_many_jobs_those_that_are_there_are_given(jobs):
    stored = [make_job() for _ in range(3)]
    for job in stored:
        jobs.create(job)
    asked = [*(job.job_id for job in stored), new_id()]
    assert sorted(jobs.get_many(asked), key=lambda job: job.job_id) == sorted(
        stored, key=lambda job: job.job_id
    )
    assert jobs.get_many([]) == ()
