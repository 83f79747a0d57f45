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
    for owner in ("notifier-2", "notifier-1"):
        with pytest.raises(NoticeBeingSent):
            claim(notices, owner=owner, after_seconds=30)


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
