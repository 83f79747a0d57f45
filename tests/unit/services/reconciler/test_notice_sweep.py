"""Owners who were not told: the notice is asked for again, and no others are."""

from __future__ import annotations

import pytest

from services.reconciler.handler import SweepsFailed
from shared.domain.faults import Fault
from shared.domain.jobs import JobError
from shared.domain.messages import NoticeKind, notice_id
from shared.metrics import Metric
from shared.ports.notice_log import EMAIL

GRACE_SECONDS = 900
WINDOW_SECONDS = 172_800
ROUND_SECONDS = 10_800


COMPLETED = NoticeKind.COMPLETED


def told(platform, job):
    platform.notice_log.record_sent(
        notice_id(job, COMPLETED), EMAIL, message_id="m-1", now=platform.clock.now()
    )


def given_failed(platform):
    job = platform.given_queued()
    return platform.jobs.reject(job.job_id, now=platform.clock.now(), error=JobError.of(Fault.NO_AUDIO_TRACK))


@pytest.mark.parametrize("kind", [NoticeKind.COMPLETED, NoticeKind.FAILED])
def test_the_owner_of_an_ended_job_who_was_not_told_gets_a_notice(platform, kind):
    job = platform.given_completed() if kind is NoticeKind.COMPLETED else given_failed(platform)
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert platform.asked_for_notices() == [(job.job_id, kind)]
    assert platform.metrics.values_of(Metric.NOTICES_REPEATED) == [1]


def test_nobody_is_to_be_told_of_a_quiet_job(platform):
    platform.completed(platform.claimed(platform.given_quiet()))
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert platform.asked_for_notices() == []


def test_only_those_of_a_page_who_were_not_told_get_one(platform):
    jobs = [platform.given_completed() for _ in range(10)]
    for job in jobs[::2]:
        told(platform, job)
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert {job_id for job_id, _ in platform.asked_for_notices()} == {job.job_id for job in jobs[1::2]}


def test_a_notice_whose_sender_died_is_asked_for_again(platform):
    job = platform.given_completed()
    platform.notice_log.claim(job.job_id, EMAIL, owner="notifier", now=platform.clock.now(), lease_seconds=90)
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert platform.asked_for_notices() == [(job.job_id, NoticeKind.COMPLETED)]


def test_a_notice_that_was_refused_is_not_asked_for_again(platform):
    job = platform.given_completed()
    platform.notice_log.record_refused(notice_id(job, COMPLETED), EMAIL, now=platform.clock.now())
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert not platform.sent_anything()


def test_a_notice_that_may_still_be_on_its_way_is_waited_for(platform):
    platform.given_completed()
    platform.clock.advance(GRACE_SECONDS - 0.001)
    platform.reconcile()
    assert not platform.sent_anything()


def test_the_grace_runs_from_the_end_of_a_job_and_not_from_its_beginning(platform):
    job = platform.given_queued()
    platform.clock.advance(GRACE_SECONDS)
    platform.jobs.reject(job.job_id, now=platform.clock.now(), error=JobError.of(Fault.NO_AUDIO_TRACK))
    platform.clock.advance(GRACE_SECONDS - 1)
    platform.reconcile()
    assert not platform.sent_anything()
    platform.clock.advance(1)
    platform.reconcile()
    assert platform.asked_for_notices() == [(job.job_id, NoticeKind.FAILED)]


@pytest.mark.parametrize(("age_seconds", "asked"), [(WINDOW_SECONDS, 1), (WINDOW_SECONDS + 0.001, 0)])
def test_only_jobs_within_the_window_are_looked_at(platform, age_seconds, asked):
    platform.given_completed()
    platform.clock.advance(age_seconds)
    platform.reconcile()
    assert len(platform.asked_for_notices()) == asked


def test_who_cancelled_a_job_or_never_uploaded_is_not_told(platform):
    job = platform.given_queued()
    platform.jobs.cancel(job.job_id, now=platform.clock.now())
    expired = platform.given_pending()
    platform.jobs.expire(expired.job_id, now=platform.clock.now())
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert not platform.sent_anything()


def test_a_missing_notice_is_asked_for_once_a_round(platform):
    platform.given_completed()
    platform.clock.advance(GRACE_SECONDS)
    for _ in range(3):
        platform.reconcile(notice_round_seconds=ROUND_SECONDS)
    assert len(platform.asked_for_notices()) == 1
    platform.clock.advance(ROUND_SECONDS - 1)
    platform.reconcile(notice_round_seconds=ROUND_SECONDS)
    assert len(platform.asked_for_notices()) == 1
    platform.clock.advance(1)
    platform.reconcile(notice_round_seconds=ROUND_SECONDS)
    assert len(platform.asked_for_notices()) == 2


def test_a_run_that_died_in_its_page_is_made_good_in_the_next_round(platform):
    jobs = [platform.given_completed() for _ in range(3)]
    platform.clock.advance(GRACE_SECONDS)
    with pytest.raises(SweepsFailed, match="completed notices"):
        platform.reconcile(notice_round_seconds=ROUND_SECONDS, notices=platform.unreachable)
    platform.clock.advance(ROUND_SECONDS)
    platform.reconcile(notice_round_seconds=ROUND_SECONDS)
    assert {job_id for job_id, _ in platform.asked_for_notices()} == {job.job_id for job in jobs}


def test_a_job_that_failed_was_replayed_and_completed_has_two_endings_to_tell_of(platform):
    failed = given_failed(platform)
    platform.notice_log.record_sent(
        notice_id(failed, NoticeKind.FAILED), EMAIL, message_id="m-1", now=platform.clock.now()
    )
    platform.jobs.replay(failed.job_id, now=platform.clock.now())
    completed = platform.completed(platform.claimed(failed))
    platform.clock.advance(GRACE_SECONDS)
    platform.reconcile()
    assert platform.asked_for_notices() == [(completed.job_id, COMPLETED)]
