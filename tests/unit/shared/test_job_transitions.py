"""The table of transitions is the drawing above it, arrow by arrow."""

from __future__ import annotations

import pytest

from shared.domain import jobs
from shared.domain.jobs import TRANSITIONS, JobStatus, sources_of

PENDING, QUEUED, PROCESSING = JobStatus.PENDING, JobStatus.QUEUED, JobStatus.PROCESSING
COMPLETED, FAILED = JobStatus.COMPLETED, JobStatus.FAILED
CANCELLED, EXPIRED = JobStatus.CANCELLED, JobStatus.EXPIRED

DRAWN = {
    "upload arrived": {(PENDING, QUEUED)},
    "claimed": {(QUEUED, PROCESSING)},
    "outputs stored, notice queued": {(PROCESSING, COMPLETED)},
    "claimed again once the lease ran out": {(PROCESSING, PROCESSING)},
    "released": {(PROCESSING, QUEUED)},
    "input's fault": {(PENDING, FAILED), (QUEUED, FAILED), (PROCESSING, FAILED)},
    "cancelled by its owner, from any of the three": {
        (PENDING, CANCELLED),
        (QUEUED, CANCELLED),
        (PROCESSING, CANCELLED),
    },
    "upload never came": {(PENDING, EXPIRED)},
    "replayed by an operator": {(FAILED, QUEUED)},
}


def test_the_table_holds_the_drawn_arrows_and_no_others():
    table = {(source, target) for source, targets in TRANSITIONS.items() for target in targets}
    assert table == set.union(*DRAWN.values())


@pytest.mark.parametrize("label", DRAWN)
def test_each_arrow_stands_in_the_drawing(label):
    assert label in (jobs.__doc__ or "")


def test_every_state_has_its_row():
    assert set(TRANSITIONS) == set(JobStatus)


def test_a_job_has_ended_when_no_arrow_leaves_its_state_but_an_operators():
    operators = DRAWN["replayed by an operator"]
    left = {
        source for source, targets in TRANSITIONS.items() for t in targets if (source, t) not in operators
    }
    assert {status for status in JobStatus if status.is_final} == set(JobStatus) - left
    assert set(JobStatus) - left == {COMPLETED, FAILED, CANCELLED, EXPIRED}


@pytest.mark.parametrize("target", JobStatus)
def test_the_sources_of_a_state_are_the_table_read_backwards(target):
    assert sources_of(target) == {s for s in JobStatus if target in TRANSITIONS[s]}
