"""A batch that is told of as a whole: one notice, when the last of its jobs has ended, whatever happens."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.notifier.batch_notices import BEING_MADE
from shared.domain.batches import Batch, BatchNotify
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import BatchNoticeMessage, NoticeKind, batch_notice_id
from shared.ports.notice_log import EMAIL
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.event_bus import RecordingEventBus
from shared.testing.job_store import InMemoryJobStore
from shared.worker.fate import DeadLetter, Done, Later
from tests.support.notifier_stage import OWNER, Stage, make_notice_handler, notice_of

KINDS = {JobStatus.COMPLETED: NoticeKind.COMPLETED, JobStatus.FAILED: NoticeKind.FAILED}


def given_batch(stage, count, **changes):
    """A batch of PENDING jobs."""
    batch_id = new_id()
    jobs = [
        make_job(user_id=OWNER.user_id, batch_id=batch_id, job_id=job_id)
        for job_id in sorted(new_id() for _ in range(count))
    ]
    for job in jobs:
        stage.jobs.create(job)
    fields = {
        "batch_id": batch_id,
        "user_id": OWNER.user_id,
        "job_ids": tuple(job.job_id for job in jobs),
        "refused": 0,
        "notify": BatchNotify.BATCH,
        "created_at": START,
        "kept_until": START + timedelta(days=7),
    }
    batch = Batch(**{**fields, **changes})
    stage.batches.put(batch)
    stage.batches.open(batch, awaited=batch.job_ids[-1])
    return batch


def end(stage, job_id, status=JobStatus.COMPLETED):
    """Nobody has been told yet."""
    job = stage.jobs.get(job_id)
    changes = {"status": status, "completed_at": stage.clock.now()}
    if status is JobStatus.COMPLETED:
        changes |= {"result": make_result(), "outputs": make_outputs(job)}
    if status is JobStatus.FAILED:
        changes |= {"error": JobError.of(Fault.EMPTY_FILE)}
    stage.jobs._jobs[job_id] = job.model_copy(update=changes)  # how it came there is not this test's


def told(stage, job_id):
    """The worker's notice, and all that follows from it."""
    stage.notify(job_id, KINDS[stage.jobs.get(job_id).status])
    drain(stage)


def drain(stage):
    while stage.queue.bodies:
        for delivery in stage.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=30):
            fate = stage.handle(delivery.body)
            stage.queue.delete(delivery)
            if isinstance(fate, Later):
                stage.clock.advance(fate.seconds)
                stage.queue.send(delivery.body)


def look(stage, batch):
    """What the API and the reconciler ask for."""
    notice = BatchNoticeMessage(user_id=batch.user_id, batch_id=batch.batch_id, sent_at=START)
    stage.queue.send(notice.to_body())
    drain(stage)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_one_mail_tells_of_all_when_the_last_has_ended_and_none_of_each(stage, order):
    batch = given_batch(stage, 3)
    for place in order:
        assert stage.mailer.sent == []
        end(stage, batch.job_ids[place])
        told(stage, batch.job_ids[place])
    (mail,) = stage.mailer.sent
    assert mail.subject == "Batch done: 3 of 3 completed"
    assert stage.batches.opened(batch.user_id, batch.batch_id) is None


def test_the_jobs_notices_are_settled_so_that_nobody_asks_for_their_mails(stage):
    batch = given_batch(stage, 2)
    end(stage, batch.job_ids[0])
    told(stage, batch.job_ids[0])
    assert stage.notice_log.unsettled([notice_of(stage.jobs.get(batch.job_ids[0]))], EMAIL) == frozenset()


def test_copies_and_late_looks_bring_no_second_mail(stage):
    batch = given_batch(stage, 2)
    for job_id in batch.job_ids:
        end(stage, job_id)
        told(stage, job_id)
        told(stage, job_id)
    look(stage, batch)
    assert len(stage.mailer.sent) == 1


def test_jobs_that_ended_without_a_notice_are_counted_as_what_they_are(stage):
    batch = given_batch(stage, 5, refused=2)
    completed, failed, cancelled, expired, deleted = batch.job_ids
    end(stage, completed)
    end(stage, failed, JobStatus.FAILED)
    end(stage, cancelled, JobStatus.CANCELLED)
    end(stage, expired, JobStatus.EXPIRED)
    end(stage, deleted, JobStatus.CANCELLED)
    stage.jobs.delete(deleted, now=START)
    told(stage, completed)
    assert stage.mailer.sent == []  # it waits for the last, of which nobody tells
    look(stage, batch)
    (mail,) = stage.mailer.sent
    for line in ("Completed:", "Failed:", "Cancelled:", "Expired:", "Deleted:", "Not taken:  2"):
        assert line in mail.text
    assert "meeting.mp3: The file is empty." in mail.text
    assert "With an API key, all its jobs and their transcripts are at https://" in mail.html


def test_a_job_that_ends_while_the_batch_turns_to_it_is_not_missed():
    class EndingInBetween(InMemoryJobStore):
        """Tells that a job goes on, which ends and is told of before the asker learns it."""

        meanwhile = None

        def get_many(self, job_ids):
            found = super().get_many(job_ids)
            if self.meanwhile is not None:
                meanwhile, self.meanwhile = self.meanwhile, None
                meanwhile()
            return found

    stage = Stage(jobs=EndingInBetween())
    batch = given_batch(stage, 2)
    first, last = batch.job_ids

    def first_ends():
        end(stage, first)
        stage.notify(first)

    end(stage, last)
    stage.jobs.meanwhile = first_ends
    told(stage, last)
    assert len(stage.mailer.sent) == 1


def test_many_jobs_that_end_at_once_are_told_of_once():
    for _ in range(5):
        stage = Stage()
        batch = given_batch(stage, 40)
        with ThreadPoolExecutor(8) as threads:

            def ended(job_id, stage=stage):
                end(stage, job_id)
                stage.notify(job_id)
                for body in tuple(stage.queue.bodies):
                    stage.handle(body)

            list(threads.map(ended, batch.job_ids))
        assert len(stage.mailer.sent) == 1


def test_each_end_costs_one_small_read_where_the_last_job_ends_last():
    class Counting(InMemoryJobStore):
        looked_at = 0

        def get_many(self, job_ids):
            self.looked_at += len(job_ids)
            return super().get_many(job_ids)

    stage = Stage(jobs=Counting())
    batch = given_batch(stage, 250)
    for job_id in batch.job_ids:
        end(stage, job_id)
        told(stage, job_id)
    assert len(stage.mailer.sent) == 1
    assert stage.jobs.looked_at < 2 * 250


def test_a_batch_that_is_being_made_is_not_told_of_until_its_call_must_be_over(stage):
    batch = given_batch(stage, 2, complete=False)
    stage.batches.put(batch.model_copy(update={"job_ids": (*batch.job_ids, new_id())}))
    for job_id in batch.job_ids:
        end(stage, job_id)
    body = BatchNoticeMessage(user_id=batch.user_id, batch_id=batch.batch_id, sent_at=START).to_body()
    assert isinstance(stage.handle(body), Later)
    stage.clock.advance(BEING_MADE.total_seconds())
    assert stage.handle(body) == Done()
    (mail,) = stage.mailer.sent
    assert mail.subject == "Batch done: 2 of 3 completed"


def test_webhooks_that_asked_for_it_and_the_bus_hear_of_the_batch_once():
    stage = Stage(bus=RecordingEventBus())
    webhook = stage.given_webhook()
    batch = given_batch(stage, 2, refused=1)
    for job_id in batch.job_ids:
        end(stage, job_id)
        told(stage, job_id)
    look(stage, batch)
    events = [json.loads(body) for _, body, _ in stage.poster.requests]
    assert sorted(event["type"] for event in events) == ["batch.completed", "job.completed", "job.completed"]
    (told_of,) = [event["data"] for event in events if event["type"] == "batch.completed"]
    assert told_of == {
        "batchId": batch.batch_id,
        "jobs": {"completed": 2},
        "deleted": 0,
        "refused": 1,
    }
    assert sorted(event for event, _ in stage.bus.published) == sorted(event["type"] for event in events)
    (delivery,) = [one for one in stage.webhooks.deliveries(webhook.webhook_id, limit=9) if one.batch_id]
    assert (delivery.batch_id, delivery.job_id) == (batch.batch_id, None)


def test_a_job_that_an_operator_replayed_is_told_of_by_itself(stage):
    batch = given_batch(stage, 1)
    end(stage, batch.job_ids[0], JobStatus.FAILED)
    told(stage, batch.job_ids[0])
    stage.jobs.replay(batch.job_ids[0], now=START)
    end(stage, batch.job_ids[0])
    told(stage, batch.job_ids[0])
    assert [mail.subject for mail in stage.mailer.sent] == [
        "Batch done: 0 of 1 completed",
        "Transcript ready: meeting.mp3",
    ]


def test_an_owner_who_cannot_be_mailed_leaves_no_open_batch(stage):
    stage.users.delete(OWNER.user_id)
    batch = given_batch(stage, 1)
    end(stage, batch.job_ids[0])
    body = BatchNoticeMessage(user_id=batch.user_id, batch_id=batch.batch_id, sent_at=START).to_body()
    assert isinstance(stage.handle(body), DeadLetter)
    assert stage.batches.opened(batch.user_id, batch.batch_id) is None


def test_a_batch_that_is_gone_is_dropped(stage):
    body = BatchNoticeMessage(user_id="user-1", batch_id=new_id(), sent_at=START).to_body()
    assert stage.handle(body) == Done()


def test_names_and_reasons_cannot_steer_the_mail(stage):
    batch = given_batch(stage, 1)
    (job_id,) = batch.job_ids
    end(stage, job_id, JobStatus.FAILED)
    job = stage.jobs.get(job_id)
    name = "<img src=x onerror=alert(1)>\r\nBcc: all@example.com"
    stage.jobs._jobs[job_id] = job.model_copy(update={"file": job.file.model_copy(update={"filename": name})})
    told(stage, job_id)
    (mail,) = stage.mailer.sent
    assert "<img" not in mail.html
    assert "&lt;img src=x onerror=alert(1)&gt; Bcc:" in mail.html
    assert "\r" not in mail.text + mail.html
    assert "\nBcc:" not in mail.text


class CrashingStage(Stage):
    """A stage whose notifier dies at the places of a plan; what it delivered comes again."""

    def __init__(self, *points: CrashPoint) -> None:
        self.plan = CrashPlan(*points)
        super().__init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("notice_log", "mailer", "batches", "queue"):
            setattr(self, name, self.plan.crashing(getattr(self, name), name))
        self.handler = make_notice_handler(self)

    def run(self) -> Batch:
        batch = given_batch(self, 3)
        end(self, batch.job_ids[2])
        end(self, batch.job_ids[0])
        self._until_done(lambda: self.notify(batch.job_ids[2]))
        self._until_done(lambda: self.notify(batch.job_ids[0]))
        end(self, batch.job_ids[1])
        self._until_done(lambda: self.notify(batch.job_ids[1]))
        for _ in range(20):
            for delivery in self.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=0):
                self._until_done(lambda body=delivery.body: self.handle(body))
                self.queue.delete(delivery)
        return batch

    def _until_done(self, act) -> None:
        for _ in range(10):
            try:
                if act() == Done():
                    return
            except Crash:
                pass
            self.clock.advance(100)
        raise AssertionError("never done")


def places():
    stage = CrashingStage()
    stage.run()
    return [
        CrashPoint(effect, after=after)
        for effect in dict.fromkeys(stage.plan.trace)
        if effect not in {"batches.put", "queue.delete"}  # the test's, not the notifier's
        for after in (False, True)
    ]


@pytest.mark.parametrize("place", places(), ids=str)
def test_a_notifier_that_dies_anywhere_tells_of_the_batch_and_mails_twice_only_in_its_one_window(place):
    stage = CrashingStage(place)
    batch = stage.run()
    assert not stage.plan.pending
    mails = [mail.subject for mail in stage.mailer.sent]
    in_the_window = place in (
        CrashPoint("mailer.send", after=True),
        CrashPoint("notice_log.record_sent", after=False),
    )
    assert mails == ["Batch done: 3 of 3 completed"] * (2 if in_the_window else 1)
    assert stage.batches.opened(batch.user_id, batch.batch_id) is None
    assert stage.notice_log.unsettled([batch_notice_id(batch.batch_id)], EMAIL) == frozenset()
