"""Chunks: plans, leases, and the conditional writes that every worker relies on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from shared.aws.chunk_store import DynamoChunkStore
from shared.aws.job_store import DynamoJobStore
from shared.domain.chunks import Chunk, ChunkRefused, ChunkStatus
from shared.domain.errors import TransitionRefused
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import CLOCK_SKEW_SECONDS, JobError, JobStatus, Split, Timings
from shared.ports.chunk_store import HeldChunk
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job
from shared.testing.clock import START

WORKERS = 20


@pytest.fixture
def chunks(backend):
    return backend.chunk_store()


def after(seconds):
    return START + timedelta(seconds=seconds)


def plan(chunks, count=3):
    job_id = new_id()
    planned = [
        Chunk(
            job_id=job_id,
            number=number,
            starts_at=number * 600.25,
            ends_at=None if number == count - 1 else (number + 1) * 600.25,
            updated_at=START,
        )
        for number in range(count)
    ]
    chunks.put(planned)
    return job_id, planned


def claimed(chunks, job_id, number=0, *, at_seconds=0.0):
    chunks.queue(job_id, number, now=after(at_seconds), redrives=0)
    chunk = chunks.claim(job_id, number, owner="worker-1", now=after(at_seconds), lease_seconds=60)
    return HeldChunk(job_id, number, "worker-1", chunk.attempts)


def one(chunks, job_id, number=0):
    return chunks.list(job_id)[number]


def test_a_plan_is_read_as_it_was_stored_and_in_order(chunks):
    job_id, planned = plan(chunks, count=12)
    assert chunks.list(job_id) == planned
    assert chunks.list(new_id()) == []


def test_a_plan_made_again_replaces_the_first(chunks):
    job_id, planned = plan(chunks)
    chunks.put([planned[1].model_copy(update={"starts_at": 601.5})])
    assert [chunk.starts_at for chunk in chunks.list(job_id)] == [0, 601.5, 1200.5]


def test_a_chunk_goes_from_waiting_to_completed(chunks):
    job_id, _ = plan(chunks)
    held = claimed(chunks, job_id)
    assert one(chunks, job_id).status is ChunkStatus.PROCESSING
    chunks.extend(held, now=after(30), lease_seconds=60, progress=40)
    chunk = one(chunks, job_id)
    assert (chunk.progress, chunk.lease.expires_at, chunk.updated_at) == (40, after(90), after(30))
    chunks.complete(held, now=after(50), timings=Timings(decode_ms=12.5))
    chunk = one(chunks, job_id)
    assert (chunk.status, chunk.lease, chunk.progress) == (ChunkStatus.COMPLETED, None, 100)
    assert chunk.timings == Timings(decode_ms=12.5)


def test_a_chunk_that_nobody_asked_for_cant_be_claimed(chunks):
    job_id, [_, second, _] = plan(chunks)
    with pytest.raises(ChunkRefused) as refused:
        chunks.claim(job_id, 1, owner="worker-1", now=START, lease_seconds=60)
    assert refused.value.current == second


def test_a_held_chunk_is_claimed_by_another_only_once_its_lease_ran_out(chunks):
    job_id, _ = plan(chunks)
    claimed(chunks, job_id)
    for moment in (after(10), after(60 + CLOCK_SKEW_SECONDS)):
        with pytest.raises(ChunkRefused):
            chunks.claim(job_id, 0, owner="worker-2", now=moment, lease_seconds=60)
    second = chunks.claim(job_id, 0, owner="worker-2", now=after(66), lease_seconds=60)
    assert (second.attempts, second.lease.owner) == (2, "worker-2")


@pytest.mark.parametrize("write", ["extend", "complete", "release"])
def test_a_holder_whose_lease_passed_on_can_write_nothing(chunks, write):
    job_id, _ = plan(chunks)
    held = claimed(chunks, job_id)
    chunks.claim(job_id, 0, owner="worker-1", now=after(100), lease_seconds=60)
    before = one(chunks, job_id)
    with pytest.raises(ChunkRefused) as refused:
        {
            "extend": lambda: chunks.extend(held, now=after(101), lease_seconds=60, progress=1),
            "complete": lambda: chunks.complete(held, now=after(101), timings=Timings()),
            "release": lambda: chunks.release(held, now=after(101), counts=True),
        }[write]()
    assert refused.value.current == before == one(chunks, job_id)


@pytest.mark.parametrize(("counts", "failures"), [(True, 1), (False, 0)])
def test_a_released_chunk_may_be_claimed_at_once(chunks, counts, failures):
    job_id, _ = plan(chunks)
    chunks.release(claimed(chunks, job_id), now=after(5), counts=counts)
    chunk = one(chunks, job_id)
    assert (chunk.status, chunk.failures, chunk.lease) == (ChunkStatus.QUEUED, failures, None)
    assert chunks.claim(job_id, 0, owner="worker-2", now=after(6), lease_seconds=60).attempts == 2


def test_only_a_chunk_that_is_neither_held_nor_completed_is_asked_for(chunks):
    job_id, _ = plan(chunks)
    held = claimed(chunks, job_id)
    with pytest.raises(ChunkRefused):
        chunks.queue(job_id, 0, now=after(1), redrives=0)
    chunks.queue(job_id, 0, now=after(100), redrives=0)
    assert (one(chunks, job_id).status, one(chunks, job_id).lease) == (ChunkStatus.QUEUED, None)
    held = claimed(chunks, job_id, at_seconds=100)
    chunks.complete(held, now=after(110), timings=Timings())
    with pytest.raises(ChunkRefused):
        chunks.queue(job_id, 0, now=after(1000), redrives=1)


@pytest.mark.parametrize(("redrives", "failures"), [(0, 1), (1, 0)])
def test_a_replay_of_the_job_forgives_failures_and_another_message_does_not(chunks, redrives, failures):
    job_id, _ = plan(chunks)
    chunks.release(claimed(chunks, job_id), now=after(5), counts=True)
    chunks.queue(job_id, 0, now=after(6), redrives=redrives)
    chunk = one(chunks, job_id)
    assert (chunk.failures, chunk.redrives) == (failures, redrives)


def test_deleted_chunks_do_not_come_back_when_their_holder_writes(chunks):
    job_id, _ = plan(chunks)
    held = claimed(chunks, job_id)
    chunks.delete_all(job_id)
    chunks.delete_all(job_id)
    for write in (
        lambda: chunks.extend(held, now=after(1), lease_seconds=60, progress=1),
        lambda: chunks.complete(held, now=after(1), timings=Timings()),
        lambda: chunks.queue(job_id, 1, now=after(1), redrives=0),
        lambda: chunks.queue(job_id, 1, now=after(1), redrives=3),
        lambda: chunks.claim(job_id, 1, owner="worker-1", now=after(1), lease_seconds=60),
    ):
        with pytest.raises(ChunkRefused) as refused:
            write()
        assert refused.value.current is None
    assert chunks.list(job_id) == []


def test_of_many_workers_that_claim_one_chunk_exactly_one_wins(concurrent_backend):
    chunks = concurrent_backend.chunk_store()
    job_id, _ = plan(chunks)
    chunks.queue(job_id, 0, now=START, redrives=0)
    together = Barrier(WORKERS)

    def try_to_claim(number):
        together.wait()
        try:
            return chunks.claim(job_id, 0, owner=f"worker-{number}", now=START, lease_seconds=60)
        except ChunkRefused:
            return None

    with ThreadPoolExecutor(WORKERS) as pool:
        winners = [chunk for chunk in pool.map(try_to_claim, range(WORKERS)) if chunk]
    assert len(winners) == 1
    assert one(chunks, job_id) == winners[0]


SPLIT = Split(chunks=3, started_at=START, queue_wait_ms=12.5, planning_ms=340)


def parked(jobs):
    job = make_job()
    jobs.create(job)
    jobs.mark_queued(job.job_id, now=START)
    jobs.claim(job.job_id, owner="worker-1", now=START, lease_seconds=60)
    return jobs.park(HeldLease(job.job_id, "worker-1", 1), now=after(5), split=SPLIT, progress=7)


def test_a_parked_job_is_processing_held_by_nobody_and_may_be_claimed(jobs):
    job = parked(jobs)
    assert (job.status, job.lease, job.split, job.progress) == (JobStatus.PROCESSING, None, SPLIT, 7)
    again = jobs.claim(job.job_id, owner="worker-2", now=after(6), lease_seconds=60)
    assert (again.split, again.lease.owner, again.attempts) == (SPLIT, "worker-2", 2)


def test_only_the_holder_parks_a_job(jobs):
    job = parked(jobs)
    with pytest.raises(TransitionRefused):
        jobs.park(HeldLease(job.job_id, "worker-1", 1), now=after(9), split=SPLIT, progress=0)


def test_progress_of_chunks_is_noted_until_the_job_has_ended(jobs):
    job = parked(jobs)
    jobs.note_progress(job.job_id, now=after(20), progress=33)
    noted = jobs.get(job.job_id)
    assert (noted.progress, noted.updated_at, noted.status) == (33, after(20), JobStatus.PROCESSING)
    cancelled = jobs.cancel(job.job_id, now=after(21))
    with pytest.raises(TransitionRefused) as refused:
        jobs.note_progress(job.job_id, now=after(22), progress=50)
    assert refused.value.current == cancelled == jobs.get(job.job_id)


@pytest.mark.parametrize("held", [True, False])
def test_a_chunk_fails_its_job_whoever_holds_it_but_only_once(jobs, held):
    job = parked(jobs)
    if held:
        jobs.claim(job.job_id, owner="worker-2", now=after(6), lease_seconds=60)
    error = JobError.of(Fault.NO_AUDIO_TRACK)
    failed = jobs.fail_split(job.job_id, now=after(7), error=error)
    assert (failed.status, failed.error, failed.lease) == (JobStatus.FAILED, error, None)
    with pytest.raises(TransitionRefused):
        jobs.fail_split(job.job_id, now=after(8), error=error)


def test_a_parked_job_that_stands_still_may_be_touched_and_given_up(jobs):
    job = parked(jobs)
    with pytest.raises(TransitionRefused):
        jobs.touch_stalled(job.job_id, now=after(900), unchanged_since=after(4))
    jobs.touch_stalled(job.job_id, now=after(900), unchanged_since=after(5))
    error = JobError.of(Fault.GAVE_UP, times=5)
    assert (
        jobs.give_up(job.job_id, now=after(901), unchanged_since=after(900), error=error).status
        is JobStatus.FAILED
    )


def test_chunks_stay_out_of_the_lists_of_jobs(moto_cloud):
    table_name = moto_cloud.table_name()
    chunks = DynamoChunkStore(moto_cloud.dynamodb, table_name)
    jobs = DynamoJobStore(moto_cloud.dynamodb, table_name)
    job = make_job()
    jobs.create(job)
    chunks.put([Chunk(job_id=job.job_id, number=0, starts_at=0, ends_at=None, updated_at=START)])
    page = jobs.page_by_status(
        JobStatus.PENDING, created_since=None, created_until=after(1), limit=10, cursor=None
    )
    assert page.jobs == (job,)
    assert jobs.list_for_user(job.user_id, status=None, limit=10, cursor=None).jobs == (job,)
