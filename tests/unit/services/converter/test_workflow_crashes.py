"""Whoever takes part in a workflow dies before or after any single effect: it still ends well, and once.

No step is done again whose checkpoint stands, and nothing is left behind that nobody needs.
"""

from __future__ import annotations

from functools import cache

import pytest

from shared.domain.jobs import JobStatus
from shared.domain.steps import StepStatus
from shared.domain.workflows import PodcastOptions
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from tests.support.sound import encode, speech
from tests.support.workflow_world import WorkflowWorld

WORKFLOW = PodcastOptions.model_validate(
    {"mode": "quick", "options": {"chapters": True, "chapterSeconds": 60}, "metadata": {"title": "T"}}
)
STEPS = ["validate", "convert", "metadata", "post-check", "transcript", "chapters"]
MAILED_NOT_RECORDED = {
    CrashPoint("mailer.send", after=True),
    CrashPoint("notice_log.record_sent", after=False),
}


@cache
def media():
    return encode(speech(1, rate_hz=44_100))


def world(*points):
    return WorkflowWorld(media(), WORKFLOW, plan=CrashPlan(*points))


@cache
def undisturbed():
    made = world()
    assert made.end() is JobStatus.COMPLETED
    return made


def effects():
    return list(dict.fromkeys(undisturbed().plan.trace))


def assert_ended_well(made, *crashes):
    job = made.current()
    assert job.status is JobStatus.COMPLETED, job.error
    assert job.failures == 0, "a crash costs nobody a try"
    assert [output.filename for output in job.outputs] == [
        output.filename for output in undisturbed().current().outputs
    ]
    assert set(made.objects()) == {output.key for output in job.outputs}
    assert made.output("mp3") == undisturbed().output("mp3")
    assert made.statuses() == dict.fromkeys(STEPS, StepStatus.COMPLETED)
    again = {step.name: step.attempts for step in made.steps.list(job.job_id) if step.attempts > 1}
    assert len(again) <= len(crashes), f"only what was being done is done again: {again}"
    assert len(made.mailer.sent) == 1 + sum(crash in MAILED_NOT_RECORDED for crash in crashes)
    assert made.heard <= 1 + len(crashes)
    assert made.dead_letters == []
    assert made.jobs.get(made.child_id).status is JobStatus.COMPLETED


def test_the_effects_of_a_workflow_come_in_this_order():
    shown = [effect for effect in undisturbed().plan.trace if effect.split(".")[0] in ("jobs", "results")]
    assert shown == [
        "jobs.claim",
        "results.write_file",  # convert
        "results.write_file",  # metadata
        "jobs.create",
        "jobs.park",
        "jobs.claim",  # the transcriber's
        "jobs.complete",
        "jobs.claim",
        "results.write_file",  # chapters
        "results.write_file",
        "jobs.complete",
        "results.delete_all",
    ]


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_dies_at_any_effect_leaves_a_workflow_that_still_ends_once(after):
    for effect in effects():
        crash = CrashPoint(effect, after=after)
        made = world(crash)
        made.run()
        assert made.deaths == 1, crash
        assert_ended_well(made, crash)


@pytest.mark.parametrize(
    "crash",
    [
        CrashPoint("results.write_file", after=True),
        CrashPoint("jobs.create", after=True),
        CrashPoint("jobs.park", after=False),
        CrashPoint("jobs.park", after=True),
    ],
    ids=str,
)
def test_a_crash_between_a_file_and_its_checkpoint_or_around_the_parking_is_made_good(crash):
    made = world(crash)
    made.run()

    assert made.deaths == 1
    assert_ended_well(made, crash)


@pytest.mark.heavy
@pytest.mark.parametrize("number", range(1, 14))
def test_a_worker_killed_at_any_record_of_a_step_goes_on_there(number):
    """The effects of the list above happen more than once: here each single write of a step is hit."""
    made = world()
    saves = 0
    save = made.steps.save

    def counted(step):
        nonlocal saves
        saves += 1
        if saves == number:
            raise Crash("killed")
        save(step)

    made.steps.save = counted
    made.run()

    assert made.deaths == 1
    assert_ended_well(made, CrashPoint("steps.save", after=False))
