"""PENDING jobs: each is set going, ended, or rightly left to wait."""

from __future__ import annotations

import pytest

from services.api_lambda.job_starter import JobStarter
from services.api_lambda.router import Router
from services.reconciler.handler import SweepsFailed
from shared.domain.faults import Fault
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import NoticeKind
from shared.domain.object_keys import audio_key
from shared.metrics import Metric
from shared.ports.object_store import ObjectMissing
from shared.testing.job_store import InMemoryJobStore
from shared.testing.object_store import InMemoryObjectStore
from tests.support.job_queues import all_in

GRACE_SECONDS = 300
URL_SECONDS = 3600
UPLOAD_GRACE_SECONDS = 3600


def router(platform):
    return Router(
        files=platform.files,
        jobs=platform.jobs,
        audio=platform.audio,
        starter=JobStarter(
            jobs=platform.jobs, queues=all_in(platform.work, platform.clock), clock=platform.clock
        ),
        notices=platform.notices,
        clock=platform.clock,
        metrics=platform.metrics,
    )


class TestUploadsWhoseNewsGotLost:
    def test_an_upload_that_nobody_heard_of_is_announced_to_the_router(self, platform):
        job = platform.given_pending()
        platform.upload(job)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.announced_keys() == [job.file.key]
        assert platform.metrics.values_of(Metric.JOBS_RESUMED) == [1]

    def test_the_router_starts_the_job_from_that_announcement(self, platform):
        job = platform.given_pending()
        platform.upload(job)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        [body] = platform.uploads.bodies
        assert router(platform)({"Records": [{"messageId": "m", "body": body}]}) == {"batchItemFailures": []}
        assert platform.status(job) is JobStatus.QUEUED
        assert platform.asked_for_work() == [job.job_id]

    @pytest.mark.parametrize("user_id", ["a+b", "ana maría", "100%", "%2B", "ñandú🎉"])
    def test_odd_keys_survive_the_announcement(self, platform, user_id):
        file_id = new_id()
        job = platform.given_pending(
            file_id=file_id, user_id=user_id, key=audio_key(user_id, file_id, "a.ogg")
        )
        platform.upload(job)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.announced_keys() == [job.file.key]

    def test_news_that_may_still_be_on_its_way_is_waited_for(self, platform):
        platform.upload(platform.given_pending())
        platform.clock.advance(GRACE_SECONDS - 0.001)
        platform.reconcile()
        assert not platform.sent_anything()

    def test_an_announcement_has_its_time_before_it_is_repeated(self, platform):
        platform.upload(platform.given_pending())
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        platform.clock.advance(GRACE_SECONDS - 1)
        platform.reconcile()
        assert len(platform.announced_keys()) == 1
        platform.clock.advance(1)
        platform.reconcile()
        assert len(platform.announced_keys()) == 2

    def test_a_job_that_its_file_does_not_know_of_waits_for_it_from_now_on(self, platform):
        job = platform.given_pending(waits=False)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.files.get(job.file.file_id).awaiting_job_ids == {job.job_id}
        assert platform.status(job) is JobStatus.PENDING

    def test_an_announcement_that_no_queue_took_is_made_by_a_later_run(self, platform):
        job = platform.given_pending()
        platform.upload(job)
        platform.clock.advance(GRACE_SECONDS)
        with pytest.raises(SweepsFailed, match="pending"):
            platform.reconcile(uploads=platform.unreachable)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.announced_keys() == [job.file.key]


class TestUploadsThatNeverCame:
    def test_a_job_whose_upload_never_came_expires(self, platform):
        job = platform.given_pending()
        platform.clock.advance(URL_SECONDS + UPLOAD_GRACE_SECONDS + 0.001)
        platform.reconcile()
        assert platform.status(job) is JobStatus.EXPIRED
        assert platform.metrics.values_of(Metric.JOBS_EXPIRED) == [1]
        assert not platform.sent_anything()

    def test_an_upload_that_may_still_be_on_its_way_is_waited_for(self, platform):
        job = platform.given_pending()
        platform.clock.advance(URL_SECONDS + UPLOAD_GRACE_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.PENDING

    def test_an_upload_that_came_is_announced_however_late_it_is_found(self, platform):
        job = platform.given_pending()
        platform.upload(job)
        platform.clock.advance(10 * URL_SECONDS)
        platform.reconcile()
        assert platform.announced_keys() == [job.file.key]
        assert platform.status(job) is JobStatus.PENDING

    def test_a_job_whose_call_died_before_its_file_was_made_expires(self, platform):
        job = platform.given_pending(with_file=False)
        platform.clock.advance(UPLOAD_GRACE_SECONDS + 1)
        platform.reconcile()
        assert platform.status(job) is JobStatus.EXPIRED

    def test_a_call_that_is_slower_than_any_event_still_makes_its_file(self, platform):
        """While the table is away, a call may stand still between the job's record and the file's."""
        job = platform.given_pending(with_file=False)
        platform.clock.advance(UPLOAD_GRACE_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.PENDING


class TestFilesThatAreSettled:
    def test_a_job_of_an_uploaded_file_is_queued_and_gets_its_message(self, platform):
        job = platform.given_pending(status=FileStatus.UPLOADED)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.QUEUED
        assert platform.asked_for_work() == [job.job_id]

    def test_a_run_that_died_before_the_message_leaves_it_to_the_sweep_of_queued_jobs(self, platform):
        job = platform.given_pending(status=FileStatus.UPLOADED)
        platform.clock.advance(GRACE_SECONDS)
        with pytest.raises(SweepsFailed):
            platform.reconcile(work=platform.unreachable)
        assert platform.status(job) is JobStatus.QUEUED
        platform.clock.advance(10_800)
        platform.reconcile()
        assert platform.asked_for_work() == [job.job_id]

    @pytest.mark.parametrize(
        ("status", "error", "code"),
        [
            (FileStatus.REJECTED, JobError.of(Fault.NOT_MEDIA, found="a PNG image"), "not-media"),
            (FileStatus.DELETED, None, "file-missing"),
        ],
    )
    def test_a_job_of_a_file_that_cant_be_used_fails_with_its_reason_and_a_notice(
        self, platform, status, error, code
    ):
        job = platform.given_pending(status=status, error=error)
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.FAILED
        assert platform.job(job).error.code == code
        assert platform.asked_for_notices() == [(job.job_id, NoticeKind.FAILED)]
        assert platform.metrics.values_of(Metric.JOBS_FAILED) == [1]

    def test_a_job_whose_notice_no_queue_took_is_not_failed_yet(self, platform):
        job = platform.given_pending(status=FileStatus.DELETED)
        platform.clock.advance(GRACE_SECONDS)
        with pytest.raises(SweepsFailed):
            platform.reconcile(notices=platform.unreachable)
        assert platform.status(job) is JobStatus.PENDING
        platform.clock.advance(GRACE_SECONDS)
        platform.reconcile()
        assert platform.status(job) is JobStatus.FAILED


def test_an_upload_that_arrives_while_it_is_looked_for_is_started_and_not_ended(platform):
    """The router moves the job between our look and our write: the write is refused."""
    job = platform.given_pending()
    platform.clock.advance(URL_SECONDS + UPLOAD_GRACE_SECONDS + 1)

    class ArrivesNow(InMemoryObjectStore):
        def stat(self, key):
            platform.files.mark_uploaded(job.file.file_id, etag="e", now=platform.clock.now())
            platform.jobs.mark_queued(job.job_id, now=platform.clock.now())
            raise ObjectMissing(key)

    platform.reconcile(audio=ArrivesNow())
    assert platform.status(job) is JobStatus.QUEUED


def test_a_job_cancelled_meanwhile_gets_no_announcement(platform):
    job = platform.given_pending()
    platform.upload(job)
    platform.clock.advance(GRACE_SECONDS)

    class CancelledInBetween(InMemoryJobStore):
        def page_by_status(self, *status, **asked):
            page = platform.jobs.page_by_status(*status, **asked)
            if page.jobs:
                platform.jobs.cancel(job.job_id, now=platform.clock.now())
            return page

        def touch_stalled(self, *job_id, **asked):
            return platform.jobs.touch_stalled(*job_id, **asked)

    platform.reconcile(jobs=CancelledInBetween())
    assert not platform.sent_anything()
    assert platform.status(job) is JobStatus.CANCELLED


def test_a_job_that_cant_be_attended_to_holds_up_no_other(platform):
    broken, fine = platform.given_pending(), platform.given_pending()
    platform.upload(fine)
    platform.clock.advance(GRACE_SECONDS)

    class OneBrokenKey(InMemoryObjectStore):
        def stat(self, key):
            if key == broken.file.key:
                raise ValueError("an object that no reader expects")
            return platform.audio.stat(key)

    platform.reconcile(audio=OneBrokenKey())
    assert platform.announced_keys() == [fine.file.key]
