"""Quiet jobs: they live as any other, stand in no list of their owner's, and are dropped after a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.job_store import DynamoJobStore
from shared.domain.errors import TransitionRefused
from shared.domain.ids import derived_id
from shared.domain.jobs import QUIET_KEPT, JobStatus
from shared.testing.builders import make_job
from shared.testing.clock import START


def given_quiet(jobs, **changes):
    job = make_job(quiet=True, status=JobStatus.QUEUED, **changes)
    jobs.create(job)
    return job


def test_a_quiet_job_stands_in_no_list_of_its_owners(jobs):
    listed = make_job()
    jobs.create(listed)
    given_quiet(jobs)

    page = jobs.list_for_user("user-1", status=None, limit=10, cursor=None)

    assert page.jobs == (listed,)
    assert page.next_cursor is None


def test_it_is_found_by_its_id_and_by_its_status_whole(jobs):
    job = given_quiet(jobs)

    assert jobs.get(job.job_id) == job
    assert jobs.get_many([job.job_id]) == (job,)
    page = jobs.page_by_status(
        JobStatus.QUEUED, created_since=None, created_until=START, limit=10, cursor=None
    )
    assert page.jobs == (job,)


def test_it_is_claimed_and_changed_as_any_other(jobs):
    job = given_quiet(jobs)

    claimed = jobs.claim(job.job_id, owner="worker", now=START, lease_seconds=60)

    assert (claimed.user_id, claimed.quiet, claimed.attempts) == ("user-1", True, 1)
    with pytest.raises(TransitionRefused) as refused:
        jobs.mark_queued(job.job_id, now=START)
    assert refused.value.current == claimed


def test_of_two_that_make_the_same_job_the_second_is_told_of_the_first(jobs):
    first = given_quiet(jobs, job_id=derived_id(make_job().job_id, "clip/0-1000/0"))
    second = first.model_copy(update={"created_at": START + timedelta(seconds=1)})

    with pytest.raises(TransitionRefused) as refused:
        jobs.create(second)

    assert refused.value.current == first


def test_a_deleted_one_remains_its_owners(jobs):
    job = given_quiet(jobs)
    jobs.cancel(job.job_id, now=START)

    jobs.delete(job.job_id, now=START)

    assert jobs.get(job.job_id) is None
    assert jobs.owner_of_deleted(job.job_id) == "user-1"


def test_the_table_is_told_to_drop_it_after_a_day(moto_cloud):
    table = moto_cloud.table_name()
    job = given_quiet(DynamoJobStore(moto_cloud.dynamodb, table))

    item = moto_cloud.dynamodb.get_item(
        TableName=table, Key={"PK": {"S": f"JOB#{job.job_id}"}, "SK": {"S": "META"}}
    )["Item"]

    assert int(item["ttl"]["N"]) == int((START + QUIET_KEPT).timestamp())
