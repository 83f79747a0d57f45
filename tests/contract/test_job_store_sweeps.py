"""What the reconciler rests on: jobs of a status page by page, and writes that only one of two may do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from shared.aws.job_store import DynamoJobStore
from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobError, JobStatus
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job
from shared.testing.clock import START

LEASE_SECONDS = 60
LAPSED_SECONDS = LEASE_SECONDS + CLOCK_SKEW_SECONDS + 0.001
ERROR = JobError.of(Fault.RETRIES_EXHAUSTED, tries=4)


def after(seconds):
    return START + timedelta(seconds=seconds)


def create_jobs(jobs, how_many):
    """Oldest first, a second apart."""
    made = [make_job(user_id=f"user-{number}", created_at=after(number)) for number in range(how_many)]
    for job in reversed(made):
        jobs.create(job)
    return made


def page(jobs, *, status=JobStatus.PENDING, since=None, until=3600.0, limit=3, cursor=None):
    return jobs.page_by_status(
        status,
        created_since=None if since is None else after(since),
        created_until=after(until),
        limit=limit,
        cursor=cursor,
    )


def all_pages(jobs, **asked):
    cursor = None
    while True:
        one = page(jobs, cursor=cursor, **asked)
        yield list(one.jobs)
        cursor = one.next_cursor
        if cursor is None:
            return


def processing(jobs):
    job = make_job()
    jobs.create(job)
    jobs.mark_queued(job.job_id, now=START)
    return jobs.claim(job.job_id, owner="worker-1", now=START, lease_seconds=LEASE_SECONDS)


def in_status(jobs, status):
    if status is JobStatus.PROCESSING:
        return processing(jobs)
    job = make_job()
    jobs.create(job)
    if status is JobStatus.QUEUED:
        return jobs.mark_queued(job.job_id, now=START)
    return jobs.cancel(job.job_id, now=START) if status is JobStatus.CANCELLED else job


def touch(jobs, job, *, at, unchanged_since):
    return jobs.touch_stalled(job.job_id, now=after(at), unchanged_since=after(unchanged_since))


def give_up(jobs, job, *, at, unchanged_since):
    return jobs.give_up(job.job_id, now=after(at), unchanged_since=after(unchanged_since), error=ERROR)


class TestPages:
    def test_jobs_of_all_users_come_oldest_first_and_each_once(self, jobs):
        made = create_jobs(jobs, 7)
        found = list(all_pages(jobs))
        assert [job for one in found for job in one] == made
        assert max(map(len, found)) == 3

    def test_jobs_of_other_statuses_are_not_among_them(self, jobs):
        made = create_jobs(jobs, 4)
        queued = jobs.mark_queued(made[1].job_id, now=START)
        assert [job for one in all_pages(jobs) for job in one] == [made[0], *made[2:]]
        assert list(page(jobs, status=JobStatus.QUEUED).jobs) == [queued]
        assert page(jobs, status=JobStatus.FAILED).jobs == ()

    def test_both_bounds_belong_to_what_is_asked_for(self, jobs):
        made = create_jobs(jobs, 6)
        assert [job for one in all_pages(jobs, since=2, until=4) for job in one] == made[2:5]
        assert page(jobs, since=5, until=4).jobs == ()

    def test_a_cursor_stays_good_when_the_jobs_it_passed_have_left_the_status(self, jobs):
        made = create_jobs(jobs, 6)
        first = page(jobs)
        for job in first.jobs:
            jobs.expire(job.job_id, now=START)
        assert list(page(jobs, cursor=first.next_cursor).jobs) == made[3:]

    def test_a_cursor_that_the_bounds_have_passed_goes_on_within_them(self, jobs):
        made = create_jobs(jobs, 6)
        cursor = page(jobs, limit=2).next_cursor
        assert list(page(jobs, since=4, cursor=cursor).jobs) == made[4:]
        assert page(jobs, until=0, cursor=cursor) == page(jobs, until=-1)

    def test_jobs_created_in_the_same_millisecond_are_each_seen_once(self, jobs):
        made = [make_job() for _ in range(7)]
        for job in made:
            jobs.create(job)
        found = [job.job_id for one in all_pages(jobs) for job in one]
        assert sorted(found) == sorted(job.job_id for job in made)

    def test_a_full_page_of_a_hundred_comes_in_one(self, jobs):
        made = create_jobs(jobs, 101)
        assert list(page(jobs, limit=100).jobs) == made[:100]


def test_a_job_whose_index_entry_is_out_of_date_is_left_out(moto_cloud):
    """The index lags in the cloud; here a record is brought out of step with its key."""
    table_name = moto_cloud.table_name()
    jobs = DynamoJobStore(moto_cloud.dynamodb, table_name)
    made = create_jobs(jobs, 3)

    class LaggingIndex:
        """Answers a query with what was true before one job was cancelled and one deleted."""

        def query(self, **asked):
            answer = moto_cloud.dynamodb.query(**asked)
            for job in made[:2]:
                jobs.cancel(job.job_id, now=START)
            jobs.delete(made[1].job_id, now=START)
            return answer

        def __getattr__(self, name):
            return getattr(moto_cloud.dynamodb, name)

    assert list(page(DynamoJobStore(LaggingIndex(), table_name)).jobs) == made[2:]


class TestTouching:
    @pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.QUEUED, JobStatus.PROCESSING])
    def test_a_touch_changes_nothing_but_the_time_of_the_last_change(self, jobs, status):
        job = in_status(jobs, status)
        touched = touch(jobs, job, at=600, unchanged_since=0)
        assert touched == job.model_copy(update={"updated_at": after(600)})
        assert jobs.get(job.job_id) == touched

    def test_a_job_written_to_since_is_not_touched(self, jobs):
        job = in_status(jobs, JobStatus.QUEUED)
        with pytest.raises(TransitionRefused) as refused:
            touch(jobs, job, at=600, unchanged_since=-0.001)
        assert refused.value.current == job

    def test_a_touched_job_is_not_touched_again_before_its_time(self, jobs):
        job = in_status(jobs, JobStatus.QUEUED)
        touch(jobs, job, at=600, unchanged_since=300)
        with pytest.raises(TransitionRefused):
            touch(jobs, job, at=600, unchanged_since=300)
        touch(jobs, job, at=900, unchanged_since=600)

    def test_a_job_that_somebody_may_hold_is_not_touched(self, jobs):
        job = processing(jobs)
        with pytest.raises(TransitionRefused):
            touch(jobs, job, at=LAPSED_SECONDS - 0.001, unchanged_since=0)
        touch(jobs, job, at=LAPSED_SECONDS, unchanged_since=0)

    def test_a_touch_takes_no_lease_from_a_holder_that_wakes_up(self, jobs):
        job = processing(jobs)
        touch(jobs, job, at=600, unchanged_since=0)
        holder = HeldLease(job.job_id, "worker-1", 1)
        jobs.extend(holder, now=after(601), lease_seconds=LEASE_SECONDS, progress=5)
        assert jobs.get(job.job_id).lease.expires_at == after(601 + LEASE_SECONDS)

    def test_a_touched_job_can_be_claimed_as_before(self, jobs):
        job = processing(jobs)
        touch(jobs, job, at=600, unchanged_since=0)
        claimed = jobs.claim(job.job_id, owner="worker-2", now=after(601), lease_seconds=LEASE_SECONDS)
        assert claimed.attempts == 2

    @pytest.mark.parametrize("at_once", [touch, give_up])
    def test_of_twenty_that_find_a_job_stalled_exactly_one_may_act(self, concurrent_backend, at_once):
        jobs = concurrent_backend.job_store()
        job = processing(jobs)
        together = Barrier(20)

        def act(_number):
            together.wait()
            try:
                return at_once(jobs, job, at=600, unchanged_since=300)
            except TransitionRefused:
                return None

        with ThreadPoolExecutor(20) as threads:
            results = list(threads.map(act, range(20)))
        assert len([result for result in results if isinstance(result, Job)]) == 1


class TestGivingUp:
    def test_a_stalled_job_ends_failed_with_the_reason_and_nobody_holds_it(self, jobs):
        job = processing(jobs)
        ended = give_up(jobs, job, at=600, unchanged_since=0)
        assert (ended.status, ended.error, ended.lease) == (JobStatus.FAILED, ERROR, None)
        assert (ended.completed_at, ended.attempts, ended.failures) == (after(600), job.attempts, 0)
        assert jobs.get(job.job_id) == ended

    def test_a_job_that_somebody_may_hold_is_not_given_up(self, jobs):
        job = processing(jobs)
        with pytest.raises(TransitionRefused) as refused:
            give_up(jobs, job, at=LAPSED_SECONDS - 0.001, unchanged_since=0)
        assert refused.value.current == job

    def test_a_job_whose_holder_is_late_but_alive_is_not_given_up(self, jobs):
        job = processing(jobs)
        jobs.extend(HeldLease(job.job_id, "worker-1", 1), now=after(500), lease_seconds=60, progress=1)
        with pytest.raises(TransitionRefused):
            give_up(jobs, job, at=900, unchanged_since=300)

    def test_the_holder_of_a_job_that_was_given_up_has_lost_it(self, jobs):
        job = processing(jobs)
        ended = give_up(jobs, job, at=600, unchanged_since=0)
        with pytest.raises(TransitionRefused) as refused:
            jobs.release(HeldLease(job.job_id, "worker-1", 1), now=after(601), counts=True)
        assert refused.value.current == ended


@pytest.mark.parametrize(
    ("act", "refused_in"),
    [(touch, [JobStatus.CANCELLED]), (give_up, [JobStatus.CANCELLED, JobStatus.PENDING, JobStatus.QUEUED])],
)
def test_a_job_in_any_other_state_stays_as_it_is(jobs, act, refused_in):
    for status in refused_in:
        job = in_status(jobs, status)
        with pytest.raises(TransitionRefused) as refused:
            act(jobs, job, at=600, unchanged_since=0)
        assert refused.value.current == job
        assert jobs.get(job.job_id) == job


@pytest.mark.parametrize("act", [touch, give_up])
def test_a_job_that_is_not_there_is_not_made(jobs, act):
    job = make_job()
    with pytest.raises(TransitionRefused) as refused:
        act(jobs, job, at=600, unchanged_since=0)
    assert refused.value.current is None
    assert jobs.get(job.job_id) is None
