"""An account that is to be erased: nothing of it is left, whatever happens, and all of others'."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.reconciler.handler import SweepsFailed
from shared.domain.erasures import Erasure
from shared.domain.errors import TransientError
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.object_keys import transcript_key
from shared.domain.webhooks import Webhook, WebhookDelivery, WebhookEvent
from shared.testing.builders import make_api_key, make_file, make_job, make_user
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.job_store import InMemoryJobStore

GRACE_SECONDS = 120
USER, OTHER = "user-1", "user-2"


def given_account(platform, user_id, jobs=3):
    """An account with some of everything."""
    now = platform.clock.now()
    platform.users.put(make_user(user_id=user_id))
    platform.keys.add(make_api_key(f"key of {user_id}", user_id=user_id))
    given_webhook(platform, user_id, new_id())
    for number in range(jobs):
        own = "https://example.com/own" if number == 0 else None
        job = make_job(
            user_id=user_id,
            created_at=now,
            status=JobStatus.COMPLETED if number else JobStatus.PENDING,
            webhook_url=own,
        )
        platform.jobs.create(job)
        platform.files.create(
            make_file(
                file_id=job.file.file_id,
                user_id=user_id,
                key=job.file.key,
                awaiting_job_ids=frozenset({job.job_id}),
                status=FileStatus.UPLOADED,
            )
        )
        platform.audio.write(job.file.key, b"audio", content_type="audio/mpeg")
        platform.transcripts.write(
            transcript_key(user_id, job.job_id, "txt"), b"text", content_type="text/plain"
        )
        if own:
            record_delivery(platform, job.job_id)
    never_came, without_job = make_file(user_id=user_id), make_file(user_id=user_id)
    for file in (never_came, without_job):
        platform.files.create(file)
    platform.audio.write(without_job.key, b"audio", content_type="audio/mpeg")


def given_webhook(platform, user_id, webhook_id):
    platform.webhooks.add(
        Webhook(
            webhook_id=webhook_id,
            user_id=user_id,
            url="https://example.com/hook",
            created_at=platform.clock.now(),
        )
    )
    record_delivery(platform, webhook_id)


def record_delivery(platform, webhook_id):
    platform.webhooks.record(
        WebhookDelivery(
            delivery_id=new_id(),
            webhook_id=webhook_id,
            job_id=new_id(),
            event=WebhookEvent.COMPLETED,
            created_at=platform.clock.now(),
        )
    )


def asked_for(platform, user_id=USER):
    erasure = Erasure(receipt_id=new_id(), user_id=user_id, requested_at=platform.clock.now())
    platform.erasures.add(erasure)
    return erasure.receipt_id


def left_of(platform, user_id):
    """Everything that names the user or is the user's."""
    jobs = platform.jobs.list_for_user(user_id, status=None, limit=100, cursor=None).jobs
    objects = [
        key
        for store in (platform.audio, platform.transcripts)
        for key in store.objects
        if key.startswith(user_id)
    ]
    files = [file for file in platform.files._files.values() if file.user_id == user_id and file.filename]
    owners = {hook.webhook_id for hook in platform.webhooks.list(user_id)} | {job.job_id for job in jobs}
    deliveries = [key for key in platform.webhooks._deliveries if key[0] in owners]
    return [
        *jobs,
        *objects,
        *files,
        *deliveries,
        *platform.webhooks.list(user_id),
        *platform.keys.list(user_id),
        *filter(None, [platform.users.get(user_id)]),
        *platform.files.without_job(user_id),
    ]


@pytest.fixture
def asked(platform):
    for user_id in (USER, OTHER):
        given_account(platform, user_id)
    receipt_id = asked_for(platform)
    platform.clock.advance(GRACE_SECONDS)
    return receipt_id


def test_nothing_is_left_of_the_account_and_all_of_anothers(platform, asked):
    before = left_of(platform, OTHER)
    deliveries = len(platform.webhooks._deliveries)
    platform.reconcile()
    assert left_of(platform, USER) == []
    assert left_of(platform, OTHER) == before
    assert len(platform.webhooks._deliveries) == deliveries / 2
    receipt = platform.erasures.get(asked)
    assert (receipt.jobs, receipt.objects, receipt.webhooks, receipt.keys) == (3, 1, 1, 1)
    assert (receipt.user_id, receipt.completed_at) == (None, platform.clock.now())


def test_an_erasure_waits_until_no_process_remembers_the_user(platform):
    given_account(platform, USER)
    asked_for(platform)
    platform.clock.advance(GRACE_SECONDS - 1)
    platform.reconcile()
    assert platform.users.get(USER) is not None


def test_a_completed_erasure_is_not_begun_again(platform, asked):
    platform.reconcile()
    receipt = platform.erasures.get(asked)
    given_account(platform, USER)  # who comes back begins anew
    before = left_of(platform, USER)
    platform.reconcile()
    assert left_of(platform, USER) == before
    assert platform.erasures.get(asked) == receipt


def test_a_large_account_is_erased_a_share_a_run(platform):
    class Slow(InMemoryJobStore):
        def delete(self, job_id, *, now):
            platform.clock.advance(0.1)
            super().delete(job_id, now=now)

    platform.jobs = Slow()
    given_account(platform, USER, jobs=250)
    receipt_id = asked_for(platform)
    platform.clock.advance(GRACE_SECONDS)
    counts = []
    while platform.erasures.get(receipt_id).completed_at is None:
        platform.reconcile(erasure_seconds=15)
        counts.append(platform.erasures.get(receipt_id).jobs)
        assert len(counts) < 10
    assert counts[0] < 250
    assert counts[-1] == 250
    assert left_of(platform, USER) == []


def test_two_runs_at_once_do_not_work_on_the_same(platform, asked):
    now = platform.clock.now()
    assert platform.erasures.claim(asked, now=now, until=now + timedelta(seconds=60))
    platform.reconcile()
    assert platform.users.get(USER) is not None
    platform.clock.advance(60)
    platform.reconcile()
    assert left_of(platform, USER) == []


def test_a_failure_leaves_the_rest_to_the_next_run(platform, asked):
    class Failing(InMemoryJobStore):
        fails = True

        def delete(self, job_id, *, now):
            if self.fails:
                raise TransientError("the table is away")
            super().delete(job_id, now=now)

    jobs = Failing()
    jobs._jobs = platform.jobs._jobs
    with pytest.raises(SweepsFailed, match="erasures"):
        platform.reconcile(jobs=jobs, deletion_jobs=jobs)
    assert platform.erasures.get(asked).completed_at is None
    platform.reconcile()
    assert left_of(platform, USER) == []


EFFECTS = {
    "jobs": ("cancel", "delete"),
    "files": ("mark_deleted", "forget_announced"),
    "audio": ("delete",),
    "transcripts": ("delete_all",),
    "users": ("close", "delete"),
    "keys": ("revoke",),
    "webhooks": ("forget_deliveries", "delete"),
    "erasures": ("claim", "count", "complete"),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "place", [f"{port}.{effect}" for port, effects in EFFECTS.items() for effect in effects]
)
def test_a_run_that_dies_anywhere_is_repaired_by_the_next(platform, asked, place, after):
    port, effect = place.split(".")
    plan = CrashPlan(CrashPoint(place, after=after))
    whole = getattr(platform, port)
    real = getattr(whole, effect)
    setattr(whole, effect, lambda *values, **named: plan.run(place, lambda: real(*values, **named)))
    with pytest.raises(Crash):
        platform.reconcile()
    platform.clock.advance(300)
    platform.reconcile()
    assert left_of(platform, USER) == []
    receipt = platform.erasures.get(asked)
    assert receipt.completed_at is not None
    assert receipt.user_id is None
