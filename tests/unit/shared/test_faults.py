"""The catalogue of faults: what callers program against must be unique, stable in form and printable."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from shared.domain.errors import JobCancelled, LeaseLost, PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import JobError
from shared.testing.builders import make_job

EVERY_FAULT = pytest.mark.parametrize("fault", Fault)


def facts_of(fault: Fault) -> dict[str, object]:
    return {name: "7" for _, name, _, _ in Formatter().parse(fault.sentence) if name}


def test_no_two_faults_share_a_code():
    codes = [fault.code for fault in Fault]
    assert len(codes) == len(set(codes))


def test_no_fault_is_another_ones_alias():
    assert len(Fault.__members__) == len(list(Fault))


@EVERY_FAULT
def test_a_code_is_lower_case_words_joined_by_hyphens(fault):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", fault.code)


@EVERY_FAULT
def test_a_sentence_can_be_said_once_its_facts_are_known(fault):
    said = fault.describe(**facts_of(fault))
    assert said.endswith(".")
    assert said[0].isupper()
    assert "{" not in said


@EVERY_FAULT
def test_a_sentence_without_its_facts_is_refused(fault):
    if facts_of(fault):
        with pytest.raises(KeyError):
            fault.describe()


@EVERY_FAULT
def test_the_http_status_is_one_of_an_error(fault):
    assert 400 <= fault.http_status <= 599


def test_a_fact_that_looks_like_a_placeholder_is_said_as_it_is():
    assert "{limit_bytes}" in Fault.NOT_MEDIA.describe(found="{limit_bytes}")


def test_a_permanent_error_and_a_jobs_record_say_the_same():
    error = PermanentError(Fault.AUDIO_TOO_LONG, limit_minutes=30)
    record = JobError.of(Fault.AUDIO_TOO_LONG, limit_minutes=30)
    assert str(error) == record.message == "The audio is longer than the limit of 30 minutes."
    assert error.fault.code == record.code


def test_a_cancelled_job_is_a_lost_lease():
    assert issubclass(JobCancelled, LeaseLost)


def test_a_refused_transition_says_how_the_job_stands():
    job = make_job()
    assert str(TransitionRefused(job.job_id, job)) == f"job {job.job_id} is PENDING"
    assert str(TransitionRefused("J", None)) == "job J is missing"
