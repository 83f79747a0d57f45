"""What webhooks and the event bus tell of a job, whatever kind of work it was."""

import json

import pytest

from services.notifier.announcement import job_announcement
from shared.domain.jobs import JobStatus, JobType
from shared.domain.messages import NoticeKind
from shared.domain.results import OperationResult, TranscriptionResult
from shared.domain.workflows import LimitCheck, WorkflowResult
from shared.testing.builders import make_job


def data_of(result):
    job = make_job(status=JobStatus.COMPLETED, result=result)
    return json.loads(job_announcement(job, NoticeKind.COMPLETED).payload("e1"))["data"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            TranscriptionResult.model_construct(language="de", duration_seconds=3),
            {"language": "de", "durationSeconds": 3},
        ),
        (OperationResult(duration_seconds=3), {"durationSeconds": 3}),
    ],
    ids=["transcription", "other-work"],
)
def test_only_a_transcription_has_a_language(result, told):
    data = data_of(result)
    assert {name: data.get(name) for name in told} == told
    assert ("language" in data) == ("language" in told)


def test_a_receiver_learns_what_kind_of_job_it_was():
    job = make_job(status=JobStatus.COMPLETED, type=JobType.SPLIT, result=OperationResult(duration_seconds=3))

    data = json.loads(job_announcement(job, NoticeKind.COMPLETED).payload("e1"))["data"]

    assert (data["type"], data["status"]) == ("split", "completed")


@pytest.mark.parametrize("measured", [-61.0, -52.1])
def test_a_receiver_learns_whether_a_workflows_result_holds_its_limits_and_which_fail(measured):
    holds = measured <= -60
    checks = (
        LimitCheck(name="peak", unit="dB", measured=-4, most=-3, holds=True),
        LimitCheck(name="noise floor", unit="dB", measured=measured, most=-60, holds=holds),
    )

    data = data_of(WorkflowResult(mode="quick", duration_seconds=3, passed=holds, checks=checks))

    failing = {"name": "noise floor", "message": "noise floor is -52.1 dB, at most -60 allowed"}
    assert (data["durationSeconds"], data["passed"]) == (3, holds)
    assert data["failedLimits"] == ([] if holds else [failing])


def test_other_work_has_no_limits_to_tell_of():
    assert not {"passed", "failedLimits"} & data_of(OperationResult(duration_seconds=3)).keys()
