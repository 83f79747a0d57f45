"""One notice a job and channel, whoever dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.domain.ids import new_id
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent
from shared.testing.clock import START

JOB = new_id()


def claim(notices, *, job_id=JOB, channel="email", owner="notifier-1", after_seconds=0.0):
    now = START + timedelta(seconds=after_seconds)
    notices.claim(job_id, channel, owner=owner, now=now, lease_seconds=30)


def test_a_notice_that_is_being_sent_is_nobody_elses(notices):
    claim(notices)
    with pytest.raises(NoticeBeingSent):
        claim(notices, owner="notifier-2", after_seconds=30)


def test_a_claim_whose_answer_got_lost_is_granted_again(notices):
    claim(notices)
    claim(notices, after_seconds=5)
    with pytest.raises(NoticeBeingSent):
        claim(notices, owner="notifier-2", after_seconds=31)


def test_a_claim_that_comes_again_after_the_notice_was_sent_is_refused(notices):
    claim(notices)
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices, after_seconds=5)


def test_a_notice_whose_sender_is_gone_can_be_taken_over(notices):
    claim(notices)
    claim(notices, owner="notifier-2", after_seconds=30.001)
    with pytest.raises(NoticeBeingSent):
        claim(notices, owner="notifier-1", after_seconds=31)


def test_a_notice_that_was_sent_is_never_sent_again(notices):
    claim(notices)
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices, after_seconds=86_400)


def test_a_notice_recorded_as_sent_by_a_late_sender_stands(notices):
    claim(notices)
    claim(notices, owner="notifier-2", after_seconds=60)
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices, owner="notifier-3", after_seconds=600)


def test_channels_and_jobs_do_not_hinder_each_other(notices):
    claim(notices)
    claim(notices, channel="webhook")
    claim(notices, job_id=new_id())


def test_a_released_notice_can_be_claimed_at_once_and_is_still_to_be_sent(notices):
    claim(notices)
    notices.release(JOB, "email", owner="notifier-1", now=START)
    assert notices.unsettled([JOB], "email") == {JOB}
    claim(notices, owner="notifier-2")
    with pytest.raises(NoticeBeingSent):
        claim(notices, owner="notifier-3")


def test_only_who_holds_a_notice_can_release_it(notices):
    notices.release(JOB, "email", owner="notifier-1", now=START)
    claim(notices, owner="notifier-2")
    notices.release(JOB, "email", owner="notifier-1", now=START)
    with pytest.raises(NoticeBeingSent):
        claim(notices)
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    notices.release(JOB, "email", owner="notifier-2", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices)


def test_a_refused_notice_can_be_claimed_at_once_and_sent(notices):
    claim(notices)
    notices.record_refused(JOB, "email", now=START)
    claim(notices, owner="notifier-2")
    with pytest.raises(NoticeBeingSent):
        claim(notices, owner="notifier-3")
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices)


def test_a_notice_that_was_sent_stays_sent_when_somebody_calls_it_refused(notices):
    claim(notices)
    notices.record_sent(JOB, "email", message_id="m-1", now=START)
    notices.record_refused(JOB, "email", now=START)
    with pytest.raises(NoticeAlreadySent):
        claim(notices)


def test_what_was_neither_sent_nor_refused_is_unsettled(notices):
    never_tried, being_sent, sent, refused, sent_elsewhere = jobs = [new_id() for _ in range(5)]
    for job_id in (being_sent, sent, refused):
        claim(notices, job_id=job_id)
    notices.record_sent(sent, "email", message_id="m-1", now=START)
    notices.record_refused(refused, "email", now=START)
    notices.record_sent(sent_elsewhere, "webhook", message_id="m-2", now=START)
    assert notices.unsettled(jobs, "email") == {never_tried, being_sent, sent_elsewhere}
    assert notices.unsettled([], "email") == frozenset()


def test_a_hundred_notices_are_looked_up_at_once(notices):
    jobs = [new_id() for _ in range(100)]
    notices.record_sent(jobs[50], "email", message_id="m-1", now=START)
    assert notices.unsettled(jobs, "email") == frozenset(jobs) - {jobs[50]}


def test_of_twenty_notifiers_exactly_one_may_send(concurrent_backend):
    notices = concurrent_backend.notice_log()

    def may_send(number):
        try:
            claim(notices, owner=f"notifier-{number}")
        except NoticeBeingSent:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(may_send, range(20))) == 1
