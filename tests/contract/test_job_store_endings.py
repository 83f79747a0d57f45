"""What may still happen to a job that has ended: an operator replays it, or its owner deletes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.aws.job_store import DynamoJobStore
from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, JobStatus
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job
from shared.testing.clock import START

LATER = START + timedelta(hours=1)
ERROR = JobError.of(Fault.RETRIES_EXHAUSTED, tries=4)


def created(jobs, **changes):
    job = make_job(**changes)
    jobs.create(job)
    return job


def failed(jobs):
    """Tried once in vain, then given up."""
    job = created(jobs)
    jobs.mark_queued(job.job_id, now=START)
    for end in (jobs.release, lambda *held, **how: jobs.fail(*held, error=ERROR, **how)):
        claimed = jobs.claim(job.job_id, owner="worker-1", now=START, lease_seconds=60)
        ended = end(HeldLease(job.job_id, "worker-1", claimed.attempts), now=START, counts=True)
    return ended


def all_jobs_of(jobs, user_id):
    return jobs.list_for_user(user_id, status=None, limit=10, cursor=None).jobs


class TestReplay:
    def test_a_replayed_job_waits_as_if_it_had_never_been_tried(self, jobs):
        before = failed(jobs)
        replayed = jobs.replay(before.job_id, now=LATER)
        expected = {
            "status": JobStatus.QUEUED,
            "failures": 0,
            "redrives": 1,
            "error": None,
            "queued_at": LATER,
            "updated_at": LATER,
            "completed_at": None,
        }
        assert replayed == before.model_copy(update=expected)
        assert jobs.get(before.job_id) == replayed

    def test_a_replayed_job_can_be_claimed_by_a_lease_of_its_own(self, jobs):
        before = failed(jobs)
        jobs.replay(before.job_id, now=LATER)
        claimed = jobs.claim(before.job_id, owner="worker-1", now=LATER, lease_seconds=60)
        assert claimed.attempts == before.attempts + 1

    def test_each_replay_is_counted(self, jobs):
        job = failed(jobs)
        for redrives in (1, 2, 3):
            assert jobs.replay(job.job_id, now=LATER).redrives == redrives
            jobs.reject(job.job_id, now=LATER, error=ERROR)

    def test_of_two_operators_at_once_one_replays(self, concurrent_backend):
        jobs = concurrent_backend.job_store()
        job = failed(jobs)

        def replay(_number):
            try:
                return jobs.replay(job.job_id, now=LATER).redrives
            except TransitionRefused:
                return 0

        with ThreadPoolExecutor(10) as threads:
            assert sorted(threads.map(replay, range(10))) == [0] * 9 + [1]


class TestDeletion:
    def test_a_deleted_job_is_not_there_any_more_but_it_is_known_whose_it_was(self, jobs):
        job = created(jobs)
        jobs.cancel(job.job_id, now=START)
        jobs.delete(job.job_id, now=LATER)
        assert jobs.get(job.job_id) is None
        assert jobs.owner_of_deleted(job.job_id) == job.user_id

    @pytest.mark.parametrize("status", JobStatus)
    def test_only_a_job_that_has_ended_can_be_deleted(self, jobs, status):
        job = created(jobs, status=status)
        if status.is_final:
            jobs.delete(job.job_id, now=LATER)
            return
        with pytest.raises(TransitionRefused) as refused:
            jobs.delete(job.job_id, now=LATER)
        assert refused.value.current == jobs.get(job.job_id) == job
        assert jobs.owner_of_deleted(job.job_id) is None

    def test_no_list_holds_a_deleted_job(self, jobs):
        stays, goes = created(jobs, status=JobStatus.FAILED), created(jobs, status=JobStatus.FAILED)
        jobs.delete(goes.job_id, now=LATER)
        assert all_jobs_of(jobs, stays.user_id) == (stays,)
        page = jobs.page_by_status(
            JobStatus.FAILED, created_since=None, created_until=LATER, limit=10, cursor=None
        )
        assert page.jobs == (stays,)

    def test_a_deleted_job_is_refused_to_all_as_one_that_is_not_there(self, jobs):
        job = failed(jobs)
        jobs.delete(job.job_id, now=LATER)
        for act in (
            lambda: jobs.delete(job.job_id, now=LATER),
            lambda: jobs.replay(job.job_id, now=LATER),
            lambda: jobs.cancel(job.job_id, now=LATER),
            lambda: jobs.claim(job.job_id, owner="worker-1", now=LATER, lease_seconds=60),
            lambda: jobs.create(job),
        ):
            with pytest.raises(TransitionRefused) as refused:
                act()
            assert refused.value.current is None
        assert jobs.get(job.job_id) is None

    def test_a_job_that_never_was_has_no_owner_and_none_is_made(self, jobs):
        job = make_job()
        with pytest.raises(TransitionRefused) as refused:
            jobs.delete(job.job_id, now=LATER)
        assert refused.value.current is None
        assert jobs.owner_of_deleted(job.job_id) is None


def test_of_a_deleted_job_nothing_is_kept_that_its_owner_gave(moto_cloud):
    """What is left in the table names the job, whose it was, and until when that is kept."""
    table_name = moto_cloud.table_name()
    jobs = DynamoJobStore(moto_cloud.dynamodb, table_name)
    jobs.delete(failed(jobs).job_id, now=LATER)
    [item] = moto_cloud.dynamodb.scan(TableName=table_name)["Items"]
    assert set(item) == {"PK", "SK", "jobId", "userId", "deletedAt", "ttl"}
    assert int(item["ttl"]["N"]) == int((LATER + timedelta(days=30)).timestamp())
