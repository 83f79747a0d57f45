"""Open batches that wait for a job of which nobody tells: the notifier is asked to look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.batches import Batch, BatchNotify
from shared.domain.ids import new_id
from shared.domain.messages import BatchNoticeMessage

GRACE_SECONDS = 900


def given_batch(platform, awaited):
    now = platform.clock.now()
    batch = Batch(
        batch_id=new_id(),
        user_id="user-1",
        job_ids=(awaited,),
        refused=0,
        notify=BatchNotify.BATCH,
        created_at=now,
        kept_until=now + timedelta(days=7),
    )
    platform.batches.put(batch)
    platform.batches.open(batch, awaited=awaited)
    return batch


def asked_for(platform):
    bodies = [body for body in platform.notices.bodies if "batchId" in body]
    return [BatchNoticeMessage.from_body(body).batch_id for body in bodies]


@pytest.mark.parametrize("purged", [False, True])
def test_a_batch_whose_awaited_job_was_cancelled_or_deleted_is_looked_at(platform, purged):
    job = platform.given_queued()
    batch = given_batch(platform, job.job_id)
    platform.jobs.cancel(job.job_id, now=platform.clock.now())
    if purged:
        platform.jobs.delete(job.job_id, now=platform.clock.now())
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert asked_for(platform) == [batch.batch_id]


def test_a_batch_whose_call_died_before_the_awaited_job_was_made_is_looked_at(platform):
    batch = given_batch(platform, new_id())
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert asked_for(platform) == [batch.batch_id]


def test_a_batch_whose_awaited_job_goes_on_or_has_just_ended_is_left_alone(platform):
    given_batch(platform, platform.given_processing().job_id)
    just_ended = platform.given_queued()
    given_batch(platform, just_ended.job_id)
    platform.clock.advance(GRACE_SECONDS)
    platform.jobs.cancel(just_ended.job_id, now=platform.clock.now())
    platform.reconcile(processing_stalled_seconds=10 * GRACE_SECONDS)
    assert asked_for(platform) == []


def test_a_batch_that_was_told_of_is_not_looked_at(platform):
    batch = given_batch(platform, new_id())
    platform.batches.close(batch.user_id, batch.batch_id)
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert asked_for(platform) == []
