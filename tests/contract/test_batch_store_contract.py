"""Batches: read back as they were stored, the largest too."""

from __future__ import annotations

from datetime import timedelta

from shared.aws.batch_store import DynamoBatchStore
from shared.domain.batches import Batch
from shared.domain.ids import new_id
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.builders import make_job
from shared.testing.clock import START


def test_the_largest_batch_comes_back_as_it_was_stored_and_an_unknown_one_is_none(backend):
    batches = backend.store(InMemoryBatchStore, DynamoBatchStore)
    batch = Batch(
        batch_id=new_id(),
        user_id="user-1",
        job_ids=tuple(new_id() for _ in range(1000)),
        refused=3,
        created_at=START,
        kept_until=START + timedelta(days=7),
    )
    batches.put(batch)
    assert batches.get(batch.batch_id) == batch
    assert batches.get(new_id()) is None


def test_of_many_jobs_those_that_are_there_are_given(jobs):
    stored = [make_job() for _ in range(3)]
    for job in stored:
        jobs.create(job)
    asked = [*(job.job_id for job in stored), new_id()]
    assert sorted(jobs.get_many(asked), key=lambda job: job.job_id) == sorted(
        stored, key=lambda job: job.job_id
    )
    assert jobs.get_many([]) == ()
