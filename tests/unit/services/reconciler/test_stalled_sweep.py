"""QUEUED and PROCESSING jobs that stand still: resumed, or given up where they stop their workers."""

from __future__ import annotations

import pytest

from services.reconciler.handler import SweepsFailed
from services.reconciler.stalled import lost_attempts
from shared.domain.ids import new_id
from shared.domain.jobs import CLOCK_SKEW_SECONDS, JobStatus, Split
from shared.domain.messages import NoticeKind
from shared.metrics import Metric
from shared.ports.job_store import HeldLease

QUEUED_SECONDS = 10_800
PROCESSING_SECONDS = 900
LEASE_SECONDS = 60
MOST_LOST = 3


def lapse(platform):
    platform.clock.advance(LEASE_SECONDS + CLOCK_SKEW_SECONDS + 1)


def given_lost_attempts(platform, how_many):
    """A job whose workers were killed that often; nobody has touched it since."""
    job = platform.given_processing()
    for _ in range(how_many - 1):
        lapse(platform)
        job = platform.claimed(job)
    return job


class TestQueuedJobs:
    def test_a_queued_job_whose_message_is_lost_gets_another(self, platform):
        job = platform.given_queued()
        platform.clock.advance(QUEUED_SECONDS)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]
        assert platform.job(job) == job.model_copy(update={"updated_at": platform.clock.now()})
        assert platform.metrics.values_of(Metric.JOBS_RESUMED) == [1]

    def test_a_job_that_may_still_wait_for_its_turn_or_its_next_try_is_left_alone(self, platform):
        waiting = platform.given_queued()
        failed_once = platform.given_processing()
        platform.clock.advance(30)
        platform.jobs.release(
            HeldLease(failed_once.job_id, "worker", 1), now=platform.clock.now(), counts=True
        )
        platform.clock.advance(QUEUED_SECONDS - 31)
        platform.reconcile()
        assert not platform.sent_anything()
        platform.clock.advance(1)
        platform.reconcile()
        assert platform.asked_for_work() == [waiting.job_id]

    def test_a_message_has_its_time_before_it_is_sent_again(self, platform):
        job = platform.given_queued()
        platform.clock.advance(QUEUED_SECONDS)
        platform.reconcile()
        platform.clock.advance(QUEUED_SECONDS - 1)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]
        platform.clock.advance(1)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id] * 2

    def test_a_queued_job_is_never_given_up_however_often_it_was_handed_back(self, platform):
        job = platform.given_processing()
        for attempt in range(1, 10):
            platform.jobs.release(
                HeldLease(job.job_id, "worker", attempt), now=platform.clock.now(), counts=False
            )
            job = platform.claimed(job)
        platform.jobs.release(HeldLease(job.job_id, "worker", 10), now=platform.clock.now(), counts=False)
        platform.clock.advance(QUEUED_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.QUEUED
        assert platform.asked_for_work() == [job.job_id]


class TestProcessingJobs:
    def test_a_job_whose_worker_died_with_the_message_gets_another(self, platform):
        job = platform.given_processing()
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]
        assert platform.claimed(job).attempts == 2

    def test_a_job_whose_message_may_still_come_back_is_left_alone(self, platform):
        platform.given_processing()
        platform.clock.advance(PROCESSING_SECONDS - 0.001)
        platform.reconcile()
        assert not platform.sent_anything()

    def test_a_long_job_that_is_worked_on_is_left_alone(self, platform):
        job = platform.given_processing()
        for _ in range(100):
            platform.clock.advance(50)
            platform.jobs.extend(
                HeldLease(job.job_id, "worker", 1),
                now=platform.clock.now(),
                lease_seconds=LEASE_SECONDS,
                progress=1,
            )
        platform.reconcile()
        assert not platform.sent_anything()

    def test_a_job_leased_for_longer_than_the_bound_is_its_holders(self, platform):
        job = platform.given_queued()
        platform.jobs.claim(job.job_id, owner="slow", now=platform.clock.now(), lease_seconds=43_000)
        platform.clock.advance(43_000)
        platform.reconcile()
        assert not platform.sent_anything()

    def test_a_run_that_died_between_touch_and_message_is_made_good_later(self, platform):
        job = platform.given_processing()
        platform.clock.advance(PROCESSING_SECONDS)
        with pytest.raises(SweepsFailed, match="processing"):
            platform.reconcile(work=platform.unreachable)
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]


class TestJobsThatStopTheirWorkers:
    def test_a_job_that_was_lost_too_often_ends_failed_with_a_notice(self, platform):
        job = given_lost_attempts(platform, MOST_LOST)
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        ended = platform.job(job)
        assert (ended.status, ended.lease, ended.error.code) == (JobStatus.FAILED, None, "gave-up")
        assert "3 times" in ended.error.message
        assert platform.asked_for_notices() == [(job.job_id, NoticeKind.FAILED)]
        assert platform.asked_for_work() == []
        assert platform.metrics.values_of(Metric.JOBS_FAILED) == [1]

    def test_a_job_lost_less_often_gets_another_chance(self, platform):
        job = given_lost_attempts(platform, MOST_LOST - 1)
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.PROCESSING
        assert platform.asked_for_work() == [job.job_id]

    def test_a_job_that_kills_every_worker_ends_whatever_its_messages_do(self, platform):
        job = platform.given_processing()
        for _ in range(MOST_LOST):
            platform.clock.advance(PROCESSING_SECONDS)
            platform.reconcile()
            if platform.status(job) is JobStatus.PROCESSING:
                platform.claimed(job)
        assert platform.status(job) is JobStatus.FAILED
        assert len(platform.asked_for_work()) == MOST_LOST - 1
        assert len(platform.asked_for_notices()) == 1

    def test_tries_that_failed_are_not_lost(self, platform):
        job = platform.given_processing()
        for attempt in range(1, MOST_LOST):
            platform.jobs.release(
                HeldLease(job.job_id, "worker", attempt), now=platform.clock.now(), counts=True
            )
            job = platform.claimed(job)
        assert lost_attempts(platform.job(job)) == 1
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.PROCESSING

    @pytest.mark.parametrize(("attempts", "ends"), [(2 * MOST_LOST - 1, False), (2 * MOST_LOST, True)])
    def test_a_replay_grants_as_many_attempts_again(self, platform, attempts, ends):
        job = platform.given_queued()
        replayed = job.model_copy(update={"job_id": new_id(), "redrives": 1, "attempts": attempts - 1})
        platform.jobs.create(replayed)
        platform.claimed(replayed)
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert (platform.status(replayed) is JobStatus.FAILED) is ends

    def test_a_job_whose_notice_no_queue_took_is_not_failed_yet(self, platform):
        job = given_lost_attempts(platform, MOST_LOST)
        platform.clock.advance(PROCESSING_SECONDS)
        with pytest.raises(SweepsFailed, match="processing"):
            platform.reconcile(notices=platform.unreachable)
        assert platform.status(job) is JobStatus.PROCESSING
        platform.clock.advance(PROCESSING_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.FAILED


class TestJobsInChunks:
    def given_in_chunks(self, platform):
        job = platform.given_processing()
        split = Split(chunks=3, started_at=platform.clock.now(), queue_wait_ms=0, planning_ms=0)
        holder = HeldLease(job.job_id, job.lease.owner, job.attempts)
        return platform.jobs.park(holder, now=platform.clock.now(), split=split, progress=0)

    def test_a_job_in_chunks_waits_as_long_as_a_chunk_may_rest_between_two_tries(self, platform):
        job = self.given_in_chunks(platform)
        platform.clock.advance(QUEUED_SECONDS - 1)
        platform.reconcile()
        assert not platform.sent_anything()
        platform.clock.advance(1)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]

    def test_a_job_whose_chunks_report_is_left_alone(self, platform):
        job = self.given_in_chunks(platform)
        platform.clock.advance(QUEUED_SECONDS - 1)
        platform.jobs.note_progress(job.job_id, now=platform.clock.now(), progress=50)
        platform.clock.advance(2)
        platform.reconcile()
        assert not platform.sent_anything()

    def test_planning_is_no_lost_attempt(self, platform):
        assert lost_attempts(self.given_in_chunks(platform)) == 0
