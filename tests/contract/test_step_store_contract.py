"""Steps: plans, checkpoints, and the conditional write that keeps a late worker from touching them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.job_store import DynamoJobStore
from shared.aws.step_store import DynamoStepStore
from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus
from shared.domain.steps import Step, StepFile, StepOutput, StepRefused, StepStatus
from shared.domain.workflows import LimitCheck
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job
from shared.testing.clock import START
from shared.testing.step_store import InMemoryStepStore

NAMES = ("validate", "convert", "post-check")


@pytest.fixture
def steps(backend):
    return backend.store(InMemoryStepStore, DynamoStepStore)


def after(seconds):
    return START + timedelta(seconds=seconds)


def planned(steps):
    plan = [Step(job_id=(job_id := new_id()), number=1, name=NAMES[0])]
    plan += [Step(job_id=job_id, number=number, name=NAMES[number - 1]) for number in (2, 3)]
    steps.plan(plan)
    return plan


def begun(step, claim=1):
    return step.model_copy(
        update={
            "status": StepStatus.PROCESSING,
            "claim": claim,
            "attempts": step.attempts + 1,
            "started_at": after(1),
        }
    )


def completed(step, claim=1):
    file = StepFile(
        filename="a.mp3", key="u/j/steps/002-mp3.mp3", content_type="audio/mpeg", size_bytes=9, role="mp3"
    )
    quality = QualityMetrics(level=Level.GOOD, rule="none", integrated_lufs=-16.02)
    silent = LimitCheck(name="loudness", unit="LUFS", measured=None, least=-17, most=-15, holds=False)
    output = StepOutput(summary="a.mp3", files=(file,), quality=quality, checks=(silent,), gain_db=-3.25)
    changes = {"status": StepStatus.COMPLETED, "ended_at": after(4.25), "output": output}
    return begun(step, claim).model_copy(update=changes)


def test_a_plan_is_read_as_it_was_stored_and_in_order(steps):
    plan = planned(steps)
    assert steps.list(plan[0].job_id) == plan
    assert steps.list(new_id()) == []


def test_a_plan_made_again_leaves_what_was_done(steps):
    plan = planned(steps)
    done = completed(plan[1])
    steps.save(done)
    steps.plan(plan)
    assert steps.list(plan[0].job_id) == [plan[0], done, plan[2]]


def test_a_step_is_saved_whole_and_loses_what_it_no_longer_has(steps):
    [first, *rest] = planned(steps)
    failed = begun(first).model_copy(
        update={"status": StepStatus.FAILED, "error": JobError.of(Fault.NO_AUDIO_TRACK)}
    )
    steps.save(failed)
    assert steps.list(first.job_id) == [failed, *rest]
    again = begun(failed, claim=2).model_copy(update={"error": None})
    steps.save(again)
    assert steps.list(first.job_id) == [again, *rest]


def test_a_completed_step_says_how_long_it_took(steps):
    [first, *_] = planned(steps)
    steps.save(completed(first))
    assert steps.list(first.job_id)[0].seconds == 3.25
    assert first.seconds is None


def test_what_a_later_claim_has_written_stays(steps):
    [first, *rest] = planned(steps)
    later = begun(first, claim=3)
    steps.save(later)
    with pytest.raises(StepRefused):
        steps.save(completed(first, claim=2))
    steps.save(completed(first, claim=3))
    assert steps.list(first.job_id) == [completed(first, claim=3), *rest]


def test_deleted_steps_do_not_come_back_when_their_holder_writes(steps):
    [first, *_] = planned(steps)
    steps.delete_all(first.job_id)
    steps.delete_all(first.job_id)
    with pytest.raises(StepRefused):
        steps.save(completed(first))
    assert steps.list(first.job_id) == []


def test_steps_stay_out_of_the_lists_of_jobs(moto_cloud):
    table_name = moto_cloud.table_name()
    jobs = DynamoJobStore(moto_cloud.dynamodb, table_name)
    steps = DynamoStepStore(moto_cloud.dynamodb, table_name)
    job = make_job()
    jobs.create(job)
    step = Step(job_id=job.job_id, number=1, name="validate")
    steps.plan([step])
    steps.save(begun(step))
    page = jobs.page_by_status(
        JobStatus.PENDING, created_since=None, created_until=after(1), limit=10, cursor=None
    )
    assert page.jobs == (job,)


def claimed(jobs):
    job = make_job()
    jobs.create(job)
    jobs.mark_queued(job.job_id, now=START)
    jobs.claim(job.job_id, owner="worker-1", now=START, lease_seconds=60)
    return HeldLease(job.job_id, "worker-1", 1)


def test_a_heartbeat_may_say_at_which_step_the_job_is(jobs):
    held = claimed(jobs)
    jobs.extend(held, now=after(1), lease_seconds=60, progress=3, step="convert")
    assert jobs.get(held.job_id).current_step == "convert"
    jobs.extend(held, now=after(2), lease_seconds=60, progress=5)
    assert (jobs.get(held.job_id).current_step, jobs.get(held.job_id).progress) == ("convert", 5)


def test_a_job_that_waits_is_parked_without_a_split_and_each_park_counts(jobs):
    held = claimed(jobs)
    parked = jobs.park(held, now=after(5), split=None, progress=60)
    assert (parked.status, parked.lease, parked.split) == (JobStatus.PROCESSING, None, None)
    assert (parked.parks, parked.progress) == (1, 60)
    jobs.claim(held.job_id, owner="worker-2", now=after(6), lease_seconds=60)
    second = jobs.park(HeldLease(held.job_id, "worker-2", 2), now=after(7), split=None, progress=60)
    assert second.parks == 2
