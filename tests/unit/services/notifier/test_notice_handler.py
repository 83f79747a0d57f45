"""The notifier's handler: who is told what, and what becomes of the message."""

from __future__ import annotations

import pytest

from services.notifier.handler import MOST_RECHECK_SECONDS, POLL_SECONDS, recheck_seconds
from services.notifier.mail_channel import CHANNEL
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import NoticeKind
from shared.metrics import Metric
from shared.testing.builders import make_job, make_user
from shared.testing.clock import START
from shared.testing.mailer import RecordingMailer
from shared.worker.fate import DeadLetter, Done, Later
from tests.support.notifier_stage import OWNER, Stage, assert_claimable, complete, notice_of


def test_a_completed_job_is_mailed_to_its_owner(stage):
    job = stage.add()
    assert stage.notify(job.job_id) == Done()
    (mail,) = stage.mailer.sent
    assert mail.to == OWNER.email
    assert mail.subject == "Transcript ready: meeting.mp3"
    assert stage.metrics.values_of(Metric.NOTICES_SENT) == [1]
    assert stage.slept_seconds == []


def test_a_failed_job_is_mailed_with_its_reason(stage):
    job = stage.add(JobStatus.FAILED)
    assert stage.notify(job.job_id, NoticeKind.FAILED) == Done()
    (mail,) = stage.mailer.sent
    assert "The file is empty." in mail.text


def test_a_job_that_is_final_a_moment_after_its_notice_is_mailed_without_going_back_to_the_queue(stage):
    job = stage.add(JobStatus.QUEUED)
    claimed = stage.jobs.claim(job.job_id, owner="worker", now=START, lease_seconds=60)
    stage.while_waiting = [lambda: None, lambda: complete(stage, claimed)]
    assert stage.notify(job.job_id) == Done()
    assert len(stage.mailer.sent) == 1
    assert stage.slept_seconds == list(POLL_SECONDS[:2])


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_job_that_does_not_become_final_within_two_seconds_goes_back_to_the_queue(stage, status):
    job = stage.add(status)
    fate = stage.notify(job.job_id)
    assert isinstance(fate, Later)
    assert fate.seconds > 0
    assert sum(stage.slept_seconds) <= 2
    assert stage.mailer.sent == []


def test_each_return_to_the_queue_is_longer_up_to_a_bound():
    waits = [recheck_seconds(count) for count in range(1, 100)]
    assert waits == sorted(waits)
    assert waits[0] < 10
    assert waits[-1] == MOST_RECHECK_SECONDS


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (JobStatus.CANCELLED, NoticeKind.COMPLETED),
        (JobStatus.CANCELLED, NoticeKind.FAILED),
        (JobStatus.EXPIRED, NoticeKind.FAILED),
        (JobStatus.COMPLETED, NoticeKind.FAILED),
        (JobStatus.FAILED, NoticeKind.COMPLETED),
    ],
)
def test_where_notice_and_record_disagree_nobody_is_mailed(stage, status, kind):
    job = stage.add(status)
    assert stage.notify(job.job_id, kind) == Done()
    assert stage.mailer.sent == []
    assert_claimable(stage, job)


def test_a_notice_about_no_job_is_dead_lettered(stage):
    assert stage.notify(new_id()) == DeadLetter("there is no such job")


def test_a_notice_for_no_user_is_dead_lettered(stage):
    job = make_job(
        user_id="nobody", status=JobStatus.FAILED, error=JobError(code="empty-file", message="Empty.")
    )
    stage.jobs.create(job)
    assert stage.notify(job.job_id, NoticeKind.FAILED) == DeadLetter("there is no such user")
    assert stage.notice_log.unsettled([notice_of(job)], CHANNEL) == frozenset()


def test_an_owner_without_an_address_is_settled_without_a_mail(stage):
    stage.users.put(make_user(email=None))
    job = stage.add(JobStatus.FAILED)
    assert stage.notify(job.job_id, NoticeKind.FAILED) == Done()
    assert stage.mailer.sent == []
    assert stage.notice_log.unsettled([notice_of(job)], CHANNEL) == frozenset()


@pytest.mark.parametrize("body", ["", "hello", "{}", '{"jobId": "../../etc", "kind": "COMPLETED"}'])
def test_a_body_that_is_no_notice_is_dead_lettered(stage, body):
    fate = stage.handle(body)
    assert isinstance(fate, DeadLetter)
    assert "NoticeMessage" in fate.reason


def test_a_refused_address_is_dead_lettered():
    stage = Stage(mailer=RecordingMailer(refused=frozenset({OWNER.email})))
    job = stage.add()
    fate = stage.notify(job.job_id)
    assert isinstance(fate, DeadLetter)
    assert fate.reason.startswith("recipient refused")
    assert stage.notice_log.unsettled([notice_of(job)], CHANNEL) == frozenset()
    assert stage.metrics.records == []


def test_a_notice_for_a_deleted_job_is_dropped(stage):
    job = stage.add()
    stage.jobs.delete(job.job_id, now=START)
    assert stage.notify(job.job_id) == Done()
    assert stage.mailer.sent == []


def test_a_job_that_failed_was_replayed_and_completed_is_mailed_once_for_each_ending(stage):
    job = stage.add(JobStatus.FAILED)
    stage.notify(job.job_id, NoticeKind.FAILED)
    stage.jobs.replay(job.job_id, now=START)
    complete(stage, stage.jobs.claim(job.job_id, owner="worker", now=START, lease_seconds=60))
    for _ in range(2):
        assert stage.notify(job.job_id, NoticeKind.FAILED) == Done()
        assert stage.notify(job.job_id) == Done()
    assert [mail.subject for mail in stage.mailer.sent] == [
        "Transcription failed: meeting.mp3",
        "Transcript ready: meeting.mp3",
    ]


def test_a_job_that_fails_again_after_its_replay_is_mailed_again(stage):
    job = stage.add(JobStatus.FAILED)
    stage.notify(job.job_id, NoticeKind.FAILED)
    stage.jobs.replay(job.job_id, now=START)
    stage.jobs.reject(job.job_id, now=START, error=JobError.of(Fault.EMPTY_FILE))
    for _ in range(2):
        assert stage.notify(job.job_id, NoticeKind.FAILED) == Done()
    assert len(stage.mailer.sent) == 2
