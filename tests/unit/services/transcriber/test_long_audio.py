"""A long file through several workers, over fakes: planned, heard, assembled."""

from __future__ import annotations

import numpy as np
import pytest

from services.transcriber.engine import Hearing, HearingRequest
from services.transcriber.fake_engine import FakeEngine
from shared.domain.chunks import ChunkStatus
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.messages import JobMessage, NoticeKind
from shared.ports.queue import Delivery
from shared.testing.clock import FakeClock
from shared.worker.fate import Later
from tests.support.long_audio_world import (
    CHUNKS,
    IN_FLIGHT,
    BeatingHold,
    InterruptedEngine,
    LongAudioWorld,
    crash_points,
)

pytestmark = pytest.mark.heavy


def test_a_long_file_is_cut_heard_in_chunks_and_assembled_with_one_notice(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]
    assert world.current().progress == 100
    assert set(world.plan.trace) == {point.effect for point in crash_points()}


def test_no_more_chunks_are_out_at_a_time_than_may_be(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.run()
    assert world.most_out == IN_FLIGHT


def test_while_chunks_are_worked_on_nobody_holds_the_job_whose_progress_is_that_of_all(
    long_media: bytes,
) -> None:
    world = LongAudioWorld(long_media)
    world.live()
    job = world.current()
    assert (job.status, job.lease) == (JobStatus.PROCESSING, None)
    assert job.split is not None
    assert job.split.chunks == CHUNKS
    assert world.states() == [ChunkStatus.QUEUED] * 2 + [ChunkStatus.WAITING] * 3
    world.live()
    assert world.current().progress == 100 // CHUNKS


def test_two_chunks_that_end_at_once_lead_to_one_assembly(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    for _ in range(CHUNKS):
        world.live()
    assert world.states().count(ChunkStatus.COMPLETED) == CHUNKS - 1
    world.live()
    world.ask()  # what the other of the two would have sent
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]


def test_a_message_of_a_chunk_that_comes_again_after_completion_changes_nothing(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.run()
    world.ask(chunk=2)
    world.ask()
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]


def test_a_copy_of_a_chunks_message_that_keeps_meeting_a_living_worker_asks_ever_more_rarely(
    long_media: bytes,
) -> None:
    world = LongAudioWorld(long_media)
    world.live()
    now, job_id = world.clock.now(), world.job.job_id
    world.chunks.claim(job_id, 0, owner="worker-2", now=now, lease_seconds=40)
    body = JobMessage(job_id=job_id, chunk=0, sent_at=now).to_body()
    waits = []
    for receive_count in range(1, 11):
        copy = Delivery("m", "r", body, receive_count=receive_count, sent_at=now)
        fate = world.worker()(copy, BeatingHold())
        assert isinstance(fate, Later)
        waits.append(fate.seconds)
    assert waits == sorted(waits)
    assert sum(waits) > 3600, "ten receives must outlast an hour's work"


def test_timings_are_those_of_all_chunks_and_the_wait_that_of_the_planner(long_media: bytes) -> None:
    class Slow(FakeEngine):
        def hear(self, samples: np.ndarray, request: HearingRequest) -> Hearing:
            world.clock.advance(2)
            return super().hear(samples, request)

    world = LongAudioWorld(long_media, engine=Slow())
    world.clock.advance(7)
    world.run()
    timings = world.current().timings
    assert timings is not None
    assert (timings.queue_wait_ms, timings.inference_ms) == (7_000, CHUNKS * 2_000)
    assert timings.total_ms > CHUNKS * 2_000


def test_a_chunk_reports_to_its_job_with_every_beat(long_media: bytes) -> None:
    seen: list[int] = []

    def happen(_number: int) -> None:
        world.clock.advance(30)
        world.beat()
        seen.append(world.current().progress)
        assert world.current().updated_at == world.clock.now()

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run()
    assert seen == sorted(seen)
    world.assert_completed_once()


def test_an_older_worker_reads_the_messages_of_whole_jobs() -> None:
    world_message = JobMessage(job_id=new_id(), sent_at=FakeClock().now())
    assert "chunk" not in world_message.to_body()
