"""One delivery of a job that its owner cancelled or deleted: what any try stored is removed."""

from __future__ import annotations

from typing import NoReturn

import pytest

from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobStatus
from shared.worker.fate import Done, LeftAlone
from shared.worker.work import FinishedWork, Progress
from tests.unit.shared.worker.conftest import Bench, raising


def stored_by(bench: Bench) -> list[tuple[str, str]]:
    return [(bench.job.user_id, bench.job.job_id)]


@pytest.mark.parametrize("is_deleted", [False, True])
def test_what_is_stored_after_a_cancel_or_a_deletion_is_removed(bench: Bench, is_deleted: bool) -> None:
    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
        if is_deleted:
            bench.jobs.delete(bench.job.job_id, now=bench.clock.now())
        return bench.finished()

    assert bench.deliver(work) == Done()
    assert bench.discarded == stored_by(bench)


@pytest.mark.parametrize("error", [PermanentError(Fault.NO_AUDIO_TRACK), RuntimeError("disk on fire")])
def test_a_try_that_fails_after_its_job_was_deleted_is_cleared_away_and_not_repeated(
    bench: Bench, error: Exception
) -> None:
    def work(_job: Job, _progress: Progress) -> NoReturn:
        bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
        bench.jobs.delete(bench.job.job_id, now=bench.clock.now())
        raise error

    assert bench.deliver(work) == Done()
    assert bench.discarded == stored_by(bench)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_what_a_killed_worker_stored_of_a_job_that_is_gone_goes_with_its_message(
    bench: Bench, is_deleted: bool
) -> None:
    delivery = bench.receive()
    bench.jobs.claim(bench.job.job_id, owner="killed", now=bench.clock.now(), lease_seconds=60)
    bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
    if is_deleted:
        bench.jobs.delete(bench.job.job_id, now=bench.clock.now())
    assert bench.deliver(raising(AssertionError("worked")), delivery=delivery) == Done()
    assert bench.discarded == stored_by(bench)


def test_a_worker_that_slept_through_its_lease_and_the_deletion_removes_what_it_stored(bench: Bench) -> None:
    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.clock.advance(60 + CLOCK_SKEW_SECONDS + 1)
        bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
        bench.jobs.delete(bench.job.job_id, now=bench.clock.now())
        return bench.finished()

    assert bench.deliver(work) == Done()
    assert bench.discarded == stored_by(bench)


def test_what_cannot_be_removed_keeps_the_message(bench: Bench) -> None:
    class Unwilling(list[tuple[str, str]]):
        def append(self, _item: tuple[str, str]) -> None:
            raise TransientError("storage is away")

    bench.discarded = Unwilling()
    delivery = bench.receive()
    bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
    with pytest.raises(TransientError):
        bench.deliver(raising(AssertionError("worked")), delivery=delivery)


def test_outputs_of_a_job_that_another_worker_holds_or_has_completed_are_left_alone(bench: Bench) -> None:
    delivery = bench.receive()

    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.clock.advance(60 + CLOCK_SKEW_SECONDS + 1)
        bench.deliver(lambda _job, _progress: bench.finished(), owner="worker-2", delivery=delivery)
        return bench.finished()

    assert bench.deliver(work, delivery=delivery) == LeftAlone()
    assert bench.current().status is JobStatus.COMPLETED
    assert bench.discarded == []
