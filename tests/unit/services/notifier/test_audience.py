"""Who is told how a job ended."""

from __future__ import annotations

from services.notifier.audience import Audience, Audiences
from shared.domain.audio_operations import MetadataOptions
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus, JobType
from shared.domain.messages import JobMessage, NoticeKind
from shared.domain.webhooks import WebhookEvent
from shared.ports.notice_log import EMAIL
from shared.testing.builders import make_job
from shared.worker.fate import Done
from tests.support.notifier_stage import OWNER, Stage, notice_of


def test_an_owner_without_webhooks_is_mailed_and_nobody_else_is_told(stage):
    audience_of = Audiences(stage.webhooks, has_event_bus=False, tells_live=False)
    assert audience_of(make_job(), NoticeKind.FAILED) == Audience(by_mail=True)


def test_webhooks_that_asked_for_it_are_told_and_the_bus_last(stage):
    wanted = stage.given_webhook(events=(WebhookEvent.FAILED,))
    stage.given_webhook(events=(WebhookEvent.COMPLETED,))
    stage.given_webhook(enabled=False)
    stage.given_webhook(user_id="somebody-else")
    job = make_job(user_id=OWNER.user_id, webhook_url="https://example.com/own")
    audience = Audiences(stage.webhooks, has_event_bus=True, tells_live=True)(job, NoticeKind.FAILED)
    assert audience.channels == (f"webhook:{wanted.webhook_id}", f"webhook:{job.job_id}", "events")


def test_those_who_watch_are_told_first_where_they_can_be(stage):
    job = make_job(watchers=frozenset({"c-1"}))
    hook = f"webhook:{stage.given_webhook(user_id=job.user_id).webhook_id}"
    told = {
        can: Audiences(stage.webhooks, has_event_bus=False, tells_live=can)(job, NoticeKind.FAILED).channels
        for can in (True, False)
    }
    assert told == {True: ("live", hook), False: (hook,)}


def test_an_owner_who_is_not_to_be_mailed_is_not_and_the_reconciler_need_not_ask_again():
    stage = Stage()
    stage.audience_of = lambda _job, _kind: Audience(by_mail=False)
    job = stage.add()
    assert stage.notify(job.job_id) == Done()
    assert stage.mailer.sent == []
    assert stage.queue.bodies == []
    assert stage.notice_log.unsettled([notice_of(job)], EMAIL) == frozenset()


def test_tags_that_were_only_read_are_no_mail_but_those_that_could_not_be_are(stage):
    audience_of = Audiences(stage.webhooks, has_event_bus=True, tells_live=False)
    read = make_job(type=JobType.METADATA, operation=MetadataOptions())
    written = make_job(type=JobType.METADATA, operation=MetadataOptions(tags={"title": "Talk"}))

    assert audience_of(read, NoticeKind.COMPLETED) == Audience(by_mail=False, channels=("events",))
    assert audience_of(read, NoticeKind.FAILED).by_mail
    assert audience_of(written, NoticeKind.COMPLETED).by_mail


def test_of_a_quiet_job_nobody_hears_but_who_watches_it(stage):
    stage.given_webhook()
    job = make_job(user_id=OWNER.user_id, quiet=True, webhook_url="https://example.com/own")
    audience_of = Audiences(stage.webhooks, has_event_bus=True, tells_live=True)
    assert audience_of(job, NoticeKind.COMPLETED) == Audience(by_mail=False)
    watched = job.model_copy(update={"watchers": frozenset({"c-1"})})
    assert audience_of(watched, NoticeKind.COMPLETED) == Audience(by_mail=False, channels=("live",))


def test_a_job_that_another_made_wakes_that_one_and_nobody_is_told():
    stage = Stage()
    parent = stage.add(JobStatus.PROCESSING, type=JobType.PODCAST)
    child = stage.add(parent_id=parent.job_id, webhook_url="https://example.com/own")

    for _ in range(2):
        assert stage.notify(child.job_id) == Done()

    assert [JobMessage.from_body(body).job_id for body in stage.work.bodies] == [parent.job_id] * 2
    assert stage.mailer.sent == []
    assert stage.queue.bodies == []
    assert stage.notice_log.unsettled([notice_of(child)], EMAIL) == set()


def test_where_the_job_that_waited_was_deleted_there_is_nobody_to_wake():
    stage = Stage()
    child = stage.add(JobStatus.FAILED, parent_id=new_id())

    assert stage.notify(child.job_id, NoticeKind.FAILED) == Done()
    assert stage.work.bodies == []
