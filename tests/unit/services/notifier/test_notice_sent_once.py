"""A notice is sent once, whatever fails between the claim, the carrier and the record."""

from __future__ import annotations

import pytest

from services.notifier.mail_channel import CHANNEL, SENDING_LEASE_SECONDS
from shared.domain.errors import TransientError
from shared.domain.jobs import JobStatus
from shared.metrics import Metric
from shared.ports.mailer import MailNotTaken
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent
from shared.testing.builders import make_job
from shared.testing.mailer import RecordingMailer
from shared.testing.notice_log import InMemoryNoticeLog
from shared.worker.fate import Done, Later
from tests.support.notifier_stage import Stage, assert_claimable, notice_of


def test_the_same_notice_again_mails_nobody(stage):
    job = stage.add()
    stage.notify(job.job_id)
    assert stage.notify(job.job_id) == Done()
    assert len(stage.mailer.sent) == 1
    assert stage.metrics.values_of(Metric.NOTICES_SENT) == [1]


def test_what_went_out_is_recorded_for_good(stage):
    job = stage.add()
    stage.notify(job.job_id)
    stage.clock.advance(10 * SENDING_LEASE_SECONDS)
    with pytest.raises(NoticeAlreadySent):
        assert_claimable(stage, job)


def test_a_notice_that_somebody_else_is_sending_waits_for_their_lease(stage):
    job = stage.add()
    stage.notice_log.claim(
        notice_of(job), CHANNEL, owner="other", now=stage.clock.now(), lease_seconds=SENDING_LEASE_SECONDS
    )
    fate = stage.notify(job.job_id)
    assert isinstance(fate, Later)
    assert fate.seconds >= SENDING_LEASE_SECONDS
    assert stage.mailer.sent == []


def test_a_mail_that_the_carrier_surely_did_not_take_can_be_sent_at_once(stage):
    job = stage.add()
    stage.mailer.failures.append(MailNotTaken("throttled"))
    with pytest.raises(MailNotTaken):
        stage.notify(job.job_id)
    assert stage.notify(job.job_id, receive_count=2) == Done()
    assert len(stage.mailer.sent) == 1


def test_a_carrier_that_fails_is_tried_again_once_the_claim_ran_out(stage):
    job = stage.add()
    stage.mailer.failures.append(TransientError("no answer came"))
    with pytest.raises(TransientError):
        stage.notify(job.job_id)
    assert isinstance(stage.notify(job.job_id, receive_count=2), Later)
    stage.clock.advance(SENDING_LEASE_SECONDS + 1)
    assert stage.notify(job.job_id, receive_count=3) == Done()
    assert len(stage.mailer.sent) == 1


def test_a_crash_between_sending_and_recording_mails_twice_rather_than_never(stage):
    job = stage.add()
    # What a killed process leaves behind: a claim, and a mail that nobody recorded.
    stage.notice_log.claim(
        notice_of(job), CHANNEL, owner="killed", now=stage.clock.now(), lease_seconds=SENDING_LEASE_SECONDS
    )
    stage.clock.advance(SENDING_LEASE_SECONDS + 1)
    assert stage.notify(job.job_id, receive_count=2) == Done()
    assert len(stage.mailer.sent) == 1


def test_a_mail_that_cannot_be_composed_does_not_hold_the_right_to_send(stage):
    job = make_job(status=JobStatus.COMPLETED, result=None)
    stage.jobs.create(job)
    with pytest.raises(ValueError, match="without a result"):
        stage.notify(job.job_id)
    assert_claimable(stage, job)


def test_while_a_mail_is_on_its_way_nobody_else_may_send_it():
    class AskingMailer(RecordingMailer):
        def send(self, email):
            with pytest.raises(NoticeBeingSent):
                assert_claimable(stage, job)
            return super().send(email)

    stage = Stage(mailer=AskingMailer())
    job = stage.add()
    stage.notify(job.job_id)
    assert len(stage.mailer.sent) == 1


class UnreachableNoticeLog(InMemoryNoticeLog):
    """A notice log whose table is away for some calls, once a mail is out."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def record_sent(self, *values, **named) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("the table is away")
        super().record_sent(*values, **named)


def test_a_mail_that_is_out_is_put_on_record_however_often_that_fails():
    stage = Stage(notice_log=UnreachableNoticeLog(failures=20))
    job = stage.add()
    assert stage.notify(job.job_id) == Done()
    stage.clock.advance(SENDING_LEASE_SECONDS + 1)
    assert stage.notify(job.job_id, receive_count=2) == Done()
    assert len(stage.mailer.sent) == 1


def test_a_record_that_fails_for_longer_than_the_lease_is_given_up():
    stage = Stage(notice_log=UnreachableNoticeLog(failures=10_000))
    job = stage.add()
    with pytest.raises(TransientError):
        stage.notify(job.job_id)
    assert sum(stage.slept_seconds) == pytest.approx(SENDING_LEASE_SECONDS, abs=1)
