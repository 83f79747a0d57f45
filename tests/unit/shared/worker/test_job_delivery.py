"""One delivery of a job: its effects, their order, and the message's fate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobStatus
from shared.domain.messages import JobMessage, NoticeKind
from shared.metrics import Metric
from shared.ports.queue import Delivery
from shared.testing.builders import make_job
from shared.worker.fate import DeadLetter, Done, Later, LeftAlone
from shared.worker.work import FinishedWork, Progress
from tests.unit.shared.worker.conftest import RETRY_DELAYS_SECONDS, Bench, raising


def message_of(bench: Bench, body: str) -> Delivery:
    return Delivery(message_id="m", receipt="r", body=body, receive_count=1, sent_at=bench.clock.now())


def test_a_finished_job_is_completed_with_its_notice_queued_and_its_message_done(bench: Bench) -> None:
    def work(job: Job, _progress: Progress) -> FinishedWork:
        assert job.status is JobStatus.PROCESSING
        return bench.finished()

    assert bench.deliver(work) == Done()
    job = bench.current()
    assert job.status is JobStatus.COMPLETED
    assert job.result == bench.finished().result
    assert job.outputs == bench.finished().outputs
    assert (job.progress, job.attempts, job.failures) == (100, 1, 0)
    assert bench.notice_kinds() == [NoticeKind.COMPLETED]
    assert bench.metrics.values_of(Metric.JOBS_COMPLETED) == [1]


def test_timings_hold_the_wait_in_the_queue_and_the_whole_try(bench: Bench) -> None:
    bench.clock.advance(3)

    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.clock.advance(2)
        return bench.finished()

    bench.deliver(work)
    timings = bench.current().timings
    assert timings is not None
    assert (timings.queue_wait_ms, timings.decode_ms, timings.total_ms) == (3000, 10, 2000)


def test_the_notice_is_queued_before_the_job_is_final(bench: Bench) -> None:
    states: list[JobStatus] = []
    send = bench.notices.send

    class Watching:
        def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
            states.append(bench.current().status)
            send(body, attributes=attributes)

    bench.notices = Watching()  # type: ignore[assignment]
    bench.deliver(lambda _job, _progress: bench.finished())
    assert states == [JobStatus.PROCESSING]


@pytest.mark.parametrize("fails", [False, True], ids=["completed", "failed"])
def test_nobody_is_told_how_a_quiet_job_ended(bench: Bench, fails: bool) -> None:
    bench.job = make_job(quiet=True, status=JobStatus.QUEUED)
    bench.jobs.create(bench.job)
    delivery = message_of(bench, JobMessage(job_id=bench.job.job_id, sent_at=bench.clock.now()).to_body())
    work = (
        raising(PermanentError(Fault.NO_AUDIO_TRACK)) if fails else lambda _job, _progress: bench.finished()
    )

    assert bench.deliver(work, delivery=delivery) == Done()

    assert bench.current().status is (JobStatus.FAILED if fails else JobStatus.COMPLETED)
    assert bench.notice_kinds() == []


def test_a_notice_that_its_queue_refuses_leaves_the_job_to_be_tried_again(bench: Bench) -> None:
    class Refusing:
        def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
            raise TransientError("the queue is away")

    bench.notices = Refusing()  # type: ignore[assignment]
    fate = bench.deliver(lambda _job, _progress: bench.finished())
    assert isinstance(fate, Later)
    assert bench.current().status is JobStatus.QUEUED


def test_an_input_fault_fails_the_job_at_once_with_code_sentence_and_notice(bench: Bench) -> None:
    assert bench.deliver(raising(PermanentError(Fault.NO_AUDIO_TRACK))) == Done()
    job = bench.current()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.message) == ("no-audio-track", "The file has no audio track.")
    assert job.failures == 0
    assert bench.notice_kinds() == [NoticeKind.FAILED]


def test_other_errors_are_tried_again_after_growing_pauses_and_then_dead_lettered(bench: Bench) -> None:
    for number, delay_seconds in enumerate(RETRY_DELAYS_SECONDS, start=1):
        fate = bench.deliver(raising(RuntimeError("disk on fire")), delivery=bench.receive())
        assert isinstance(fate, Later)
        assert fate.seconds == pytest.approx(delay_seconds, rel=0.11)
        assert (bench.current().status, bench.current().failures) == (JobStatus.QUEUED, number)
        assert bench.notice_kinds() == []
        bench.clock.advance(61)
    fate = bench.deliver(raising(RuntimeError("disk on fire")), delivery=bench.receive())
    assert fate == DeadLetter("RuntimeError: disk on fire")
    job = bench.current()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code == "retries-exhausted"
    assert "disk" not in job.error.message
    assert job.failures == 4
    assert bench.notice_kinds() == [NoticeKind.FAILED]


def test_a_body_that_is_no_job_message_is_dead_lettered_with_the_reason(bench: Bench) -> None:
    fate = bench.deliver(raising(AssertionError()), delivery=message_of(bench, "not json"))
    assert isinstance(fate, DeadLetter)
    assert "JobMessage" in fate.reason


def test_a_message_for_a_job_that_does_not_exist_is_dead_lettered(bench: Bench) -> None:
    body = JobMessage(job_id=new_id(), sent_at=bench.clock.now()).to_body()
    assert bench.deliver(raising(AssertionError()), delivery=message_of(bench, body)) == DeadLetter(
        "there is no such job"
    )


def test_a_copy_of_a_finished_jobs_message_is_dropped_without_work(bench: Bench) -> None:
    delivery = bench.receive()
    bench.deliver(lambda _job, _progress: bench.finished(), delivery=delivery)
    assert bench.deliver(raising(AssertionError("worked twice")), delivery=delivery) == Done()
    assert bench.notice_kinds() == [NoticeKind.COMPLETED]


def test_a_copy_of_a_running_jobs_message_waits_until_the_lease_has_run_out(bench: Bench) -> None:
    delivery = bench.receive()
    bench.jobs.claim(bench.job.job_id, owner="worker-2", now=bench.clock.now(), lease_seconds=40)
    fate = bench.deliver(raising(AssertionError("worked twice")), delivery=delivery)
    assert isinstance(fate, Later)
    assert fate.seconds > 40 + CLOCK_SKEW_SECONDS


def test_a_dead_workers_message_that_comes_before_its_lease_ends_waits_for_no_more_than_that(
    bench: Bench,
) -> None:
    body = bench.receive().body
    bench.jobs.claim(bench.job.job_id, owner="worker-2", now=bench.clock.now(), lease_seconds=40)
    again = Delivery("m", "r", body, receive_count=2, sent_at=bench.clock.now())
    fate = bench.deliver(raising(AssertionError("worked twice")), delivery=again)
    assert isinstance(fate, Later)
    assert 40 + CLOCK_SKEW_SECONDS < fate.seconds < 40 + CLOCK_SKEW_SECONDS + 5


def test_a_copy_that_keeps_meeting_a_living_worker_asks_ever_more_rarely(bench: Bench) -> None:
    body = bench.receive().body
    bench.jobs.claim(bench.job.job_id, owner="worker-2", now=bench.clock.now(), lease_seconds=40)
    waits = []
    for receive_count in range(1, 11):
        copy = Delivery("m", "r", body, receive_count=receive_count, sent_at=bench.clock.now())
        fate = bench.deliver(raising(AssertionError("worked twice")), delivery=copy)
        assert isinstance(fate, Later)
        waits.append(fate.seconds)
    assert waits == sorted(waits)
    assert sum(waits) > 3600, "ten receives must outlast an hour's work"


def test_a_lost_lease_stops_the_handler_without_touching_job_notice_or_message(bench: Bench) -> None:
    def work(_job: Job, progress: Progress) -> FinishedWork:
        bench.clock.advance(60 + CLOCK_SKEW_SECONDS + 1)
        bench.jobs.claim(bench.job.job_id, owner="worker-2", now=bench.clock.now(), lease_seconds=60)
        progress.report(50)
        raise AssertionError("went on without a lease")

    assert bench.deliver(work) == LeftAlone()
    job = bench.current()
    assert job.lease is not None
    assert (job.status, job.lease.owner) == (JobStatus.PROCESSING, "worker-2")
    assert bench.notices.bodies == []


def test_a_handler_that_never_asks_still_writes_nothing_after_its_lease_passed_on(bench: Bench) -> None:
    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.clock.advance(60 + CLOCK_SKEW_SECONDS + 1)
        bench.jobs.claim(bench.job.job_id, owner="worker-2", now=bench.clock.now(), lease_seconds=60)
        return bench.finished()

    assert bench.deliver(work) == LeftAlone()
    assert bench.current().status is JobStatus.PROCESSING
    assert bench.notices.bodies == []


def test_a_cancelled_job_stops_at_the_heartbeat_and_its_message_is_done(bench: Bench) -> None:
    def work(_job: Job, progress: Progress) -> FinishedWork:
        bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
        bench.hold.beat()
        progress.report(10)
        raise AssertionError("went on after the cancel")

    assert bench.deliver(work) == Done()
    assert bench.current().status is JobStatus.CANCELLED
    assert bench.notices.bodies == []


def test_a_cancel_in_the_last_instant_wins_over_completion(bench: Bench) -> None:
    def work(_job: Job, _progress: Progress) -> FinishedWork:
        bench.jobs.cancel(bench.job.job_id, now=bench.clock.now())
        return bench.finished()

    assert bench.deliver(work) == Done()
    assert bench.current().status is JobStatus.CANCELLED


def test_work_handed_back_is_queued_again_at_once_and_costs_no_try(bench: Bench) -> None:
    def work(_job: Job, progress: Progress) -> FinishedWork:
        bench.hold.stopping = True
        progress.report(10)
        raise AssertionError("went on after the stop")

    assert bench.deliver(work) == Later(0, "this worker ends")
    job = bench.current()
    assert (job.status, job.failures, job.attempts, job.lease) == (JobStatus.QUEUED, 0, 1, None)


def test_the_heartbeat_extends_the_lease_and_writes_the_progress(bench: Bench) -> None:
    def work(_job: Job, progress: Progress) -> FinishedWork:
        progress.report(42.9)
        bench.clock.advance(30)
        bench.hold.beat()
        job = bench.current()
        assert job.progress == 42
        assert job.lease is not None
        assert job.lease.expires_at == bench.clock.now() + timedelta(seconds=60)
        return bench.finished()

    assert bench.deliver(work) == Done()


def test_progress_never_goes_back_and_never_says_done(bench: Bench) -> None:
    def work(_job: Job, progress: Progress) -> FinishedWork:
        for percent in (80, 30, 250):
            progress.report(percent)
            bench.hold.beat()
            assert bench.current().progress in (80, 99)
        return bench.finished()

    assert bench.deliver(work) == Done()
