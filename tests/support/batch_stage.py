"""Batches on the notifier's stage: made, their jobs ended and told of."""

from __future__ import annotations

from datetime import timedelta

from shared.domain.batches import Batch, BatchNotify
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import BatchNoticeMessage, NoticeKind
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START
from shared.worker.fate import Later
from tests.support.notifier_stage import OWNER

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
