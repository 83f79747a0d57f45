"""The notifier's handler: who is told what, how often, and what becomes of the message."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.notifier.composer import MailComposer
from services.notifier.handler import (
    CHANNEL,
    MOST_RECHECK_SECONDS,
    POLL_SECONDS,
    SENDING_LEASE_SECONDS,
    NoticeHandler,
    recheck_seconds,
)
from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobError, JobStatus, Timings
from shared.domain.messages import NoticeKind, NoticeMessage, notice_id
from shared.metrics import Metric
from shared.ports.job_store import HeldLease
from shared.ports.mailer import MailNotTaken
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent
from shared.ports.queue import Delivery
from shared.testing.builders import make_job, make_outputs, make_result, make_user
from shared.testing.clock import START, FakeClock
from shared.testing.job_store import InMemoryJobStore
from shared.testing.link_signer import FakeLinkSigner
from shared.testing.mailer import RecordingMailer
from shared.testing.metrics import RecordingMetrics
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.user_directory import InMemoryUserDirectory
from shared.worker.fate import DeadLetter, Done, Fate, Later

OWNER = make_user()


class IdleHold:
    """A ``Hold`` nobody beats."""

    stopping = False

    def on_beat(self, beat) -> None:
        """Never called."""

    def on_hand_back(self, release) -> None:
        """Never called."""


@dataclass
class Stage:
    """A notifier with fakes on all sides; ``while_waiting`` happens at each of its pauses in turn."""

    mailer: RecordingMailer = field(default_factory=RecordingMailer)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    clock: FakeClock = field(default_factory=FakeClock)
    slept_seconds: list[float] = field(default_factory=list)
    while_waiting: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users.put(OWNER)
        self.handler = NoticeHandler(
            jobs=self.jobs,
            users=self.users,
            notice_log=self.notice_log,
            mailer=self.mailer,
            composer=MailComposer(public_api_url="https://api.example.com", links=FakeLinkSigner()),
            clock=self.clock,
            metrics=self.metrics,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.slept_seconds.append(seconds)
        self.clock.advance(seconds)
        if self.while_waiting:
            self.while_waiting.pop(0)()

    def notify(self, job_id: str, kind: NoticeKind = NoticeKind.COMPLETED, receive_count: int = 1) -> Fate:
        body = NoticeMessage(job_id=job_id, kind=kind, sent_at=START).to_body()
        return self.handle(body, receive_count)

    def handle(self, body: str, receive_count: int = 1) -> Fate:
        delivery = Delivery(
            message_id="m-1", receipt="r-1", body=body, receive_count=receive_count, sent_at=START
        )
        return self.handler(delivery, IdleHold())

    def add(self, status: JobStatus = JobStatus.COMPLETED, **changes) -> Job:
        job = make_job(status=status, user_id=OWNER.user_id, **changes)
        if status is JobStatus.COMPLETED:
            job = job.model_copy(update={"result": make_result(), "outputs": make_outputs(job)})
        if status is JobStatus.FAILED:
            job = job.model_copy(update={"error": JobError.of(Fault.EMPTY_FILE)})
        self.jobs.create(job)
        return job


@pytest.fixture
def stage() -> Stage:
    return Stage()


def notice_of(job: Job) -> str:
    kind = NoticeKind.FAILED if job.status is JobStatus.FAILED else NoticeKind.COMPLETED
    return notice_id(job, kind)


def assert_claimable(stage: Stage, job: Job) -> None:
    stage.notice_log.claim(notice_of(job), CHANNEL, owner="test", now=stage.clock.now(), lease_seconds=1)


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


def test_a_job_that_is_final_a_moment_after_its_notice_is_mailed_without_going_back_to_the_queue(stage):
    job = stage.add(JobStatus.QUEUED)
    claimed = stage.jobs.claim(job.job_id, owner="worker", now=START, lease_seconds=60)
    stage.while_waiting = [lambda: None, lambda: complete(stage, claimed)]
    assert stage.notify(job.job_id) == Done()
    assert len(stage.mailer.sent) == 1
    assert stage.slept_seconds == list(POLL_SECONDS[:2])


def complete(stage: Stage, claimed: Job) -> None:
    stage.jobs.complete(
        HeldLease(job_id=claimed.job_id, owner="worker", attempt=claimed.attempts),
        now=stage.clock.now(),
        result=make_result(),
        outputs=make_outputs(claimed),
        timings=Timings(),
    )


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
