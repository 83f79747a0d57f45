"""A batch that is told of as a whole: one notice, when the last of its jobs has ended, whatever happens."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.notifier.batch_notices import BEING_MADE
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.messages import BatchNoticeMessage
from shared.ports.notice_log import EMAIL
from shared.testing.clock import START
from shared.testing.event_bus import RecordingEventBus
from shared.testing.job_store import InMemoryJobStore
from shared.worker.fate import DeadLetter, Done, Later
from tests.support.batch_stage import end, given_batch, look, told
from tests.support.notifier_stage import OWNER, Stage, notice_of


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
