"""A long file whose workers die at any effect, whose chunks fail, whose owner cancels it, over fakes."""

from __future__ import annotations

import pytest

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobError, JobStatus
from shared.domain.messages import NoticeKind
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.queue import InMemoryQueue
from shared.worker.chunk_delivery import MOST_LOST_ATTEMPTS
from tests.support.long_audio_world import (
    CHUNKS,
    IN_FLIGHT,
    InterruptedEngine,
    LongAudioWorld,
    crash_points,
)

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("crash", crash_points(), ids=str)
def test_a_worker_that_dies_at_any_effect_leaves_a_job_that_still_completes(
    long_media: bytes, crash: CrashPoint
) -> None:
    world = LongAudioWorld(long_media, CrashPlan(crash))
    world.run()
    assert world.deaths == 1
    world.assert_completed_once()


def test_a_worker_that_dies_repeats_only_its_own_chunk(long_media: bytes) -> None:
    engine = InterruptedEngine(lambda _number: None)
    world = LongAudioWorld(long_media, CrashPlan(CrashPoint("chunks.complete", after=False)), engine=engine)
    world.run()
    world.assert_completed_once()
    assert engine.requests == CHUNKS + 1


def test_a_cancel_reaches_a_chunk_with_its_next_heartbeat_and_clears_everything_away(
    long_media: bytes,
) -> None:
    def happen(number: int) -> None:
        if number == 2:
            world.jobs.cancel(world.job.job_id, now=world.clock.now())
            world.beat()

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run()
    assert world.current().status is JobStatus.CANCELLED
    assert world.engine.requests == 2  # type: ignore[attr-defined]
    assert world.notice_kinds() == []
    assert world.transcripts.objects == {}
    assert world.chunks.list(world.job.job_id) == []


def test_messages_of_a_purged_job_are_dropped(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.live()
    world.jobs.cancel(world.job.job_id, now=world.clock.now())
    world.chunks.delete_all(world.job.job_id)
    world.jobs.delete(world.job.job_id, now=world.clock.now())
    world.run()
    assert world.dead_letters == []
    assert world.transcripts.objects == {}


def test_a_chunk_that_fails_for_good_fails_the_job_and_stops_the_others(long_media: bytes) -> None:
    def happen(number: int) -> None:
        if number == 2:
            raise PermanentError(Fault.LANGUAGE_UNSUPPORTED, model="m", language="xx")

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run()
    job = world.current()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code == "language-unsupported"
    assert world.engine.requests == 2  # type: ignore[attr-defined]
    assert world.notice_kinds() == [NoticeKind.FAILED]


def test_a_chunk_out_of_tries_fails_the_job_and_a_replay_repeats_only_what_is_missing(
    long_media: bytes,
) -> None:
    broken = True

    def happen(number: int) -> None:
        if broken and number > 1:
            raise RuntimeError("disk on fire")

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run()
    assert world.current().status is JobStatus.FAILED
    assert world.dead_letters
    broken = False
    heard_before = world.engine.requests  # type: ignore[attr-defined]
    world.dead_letters.clear()
    world.notices = InMemoryQueue(world.clock)
    world.jobs.replay(world.job.job_id, now=world.clock.now())
    world.ask()
    world.run()
    world.assert_completed_once()
    assert world.engine.requests - heard_before == CHUNKS - 1  # type: ignore[attr-defined]


def test_a_failed_try_of_a_chunk_is_repeated_after_its_back_off(long_media: bytes) -> None:
    def happen(number: int) -> None:
        if number == 3:
            raise RuntimeError("disk on fire")

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run()
    world.assert_completed_once()


def test_chunks_whose_messages_were_lost_are_sent_again_by_whoever_sees_to_the_job(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.live()
    world.queue = InMemoryQueue(world.clock)  # somebody purged it
    world.clock.advance(20_000)
    job = world.current()
    world.jobs.touch_stalled(job.job_id, now=world.clock.now(), unchanged_since=world.clock.now())
    world.ask()
    world.run()
    world.assert_completed_once()


def test_a_job_in_chunks_that_keeps_standing_still_can_be_given_up(long_media: bytes) -> None:
    world = LongAudioWorld(long_media)
    world.live()
    world.clock.advance(20_000)
    error = JobError.of(Fault.GAVE_UP, times=5)
    job = world.jobs.give_up(
        world.job.job_id, now=world.clock.now(), unchanged_since=world.clock.now(), error=error
    )
    assert job.status is JobStatus.FAILED


def test_a_chunk_that_keeps_killing_its_worker_fails_the_job_and_a_replay_tries_it_again(
    long_media: bytes,
) -> None:
    deadly = True

    def happen(number: int) -> None:
        if deadly and number > 1:
            raise Crash

    world = LongAudioWorld(long_media, engine=InterruptedEngine(happen))
    world.run(rounds=500)
    job = world.current()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code == Fault.GAVE_UP.code
    assert MOST_LOST_ATTEMPTS <= world.deaths <= IN_FLIGHT * MOST_LOST_ATTEMPTS
    assert world.notice_kinds() == [NoticeKind.FAILED]
    deadly = False
    world.notices = InMemoryQueue(world.clock)
    world.jobs.replay(world.job.job_id, now=world.clock.now())
    world.ask()
    world.run()
    world.assert_completed_once()
