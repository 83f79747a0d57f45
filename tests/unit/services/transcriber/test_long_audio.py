"""A long file through several workers that may die at any effect, over fakes: planned, heard, assembled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from services.transcriber.engine import Engine, Hearing, HearingRequest
from services.transcriber.fake_engine import FakeEngine
from services.transcriber.handler import TranscriptionHandler
from services.transcriber.planning import Chunking
from shared.domain.chunks import ChunkStatus
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobError, JobStatus
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.domain.object_keys import transcript_key, transcript_keys
from shared.domain.transcript import Transcript
from shared.ports.queue import Delivery
from shared.settings import WorkerSettings
from shared.testing.builders import make_job
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.clock import FakeClock
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.job_store import InMemoryJobStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.queue import InMemoryQueue
from shared.worker.chunk_delivery import ChunkDelivery
from shared.worker.dispatch import ChunkDispatch
from shared.worker.fate import DeadLetter, Done, Fate, Later, MessageHandler
from shared.worker.job_delivery import JobDelivery

pytestmark = pytest.mark.heavy

SETTINGS = WorkerSettings(job_table_name="jobs", visibility_seconds=60, heartbeat_seconds=15)
RETRY_DELAYS_SECONDS = (5.0,)
SECONDS = 50
CHUNKS = 5
IN_FLIGHT = 2


class Hold:
    """A hold that beats when the engine is asked to listen."""

    stopping = False

    def __init__(self) -> None:
        self.beats: list[Callable[[], None]] = []

    def on_beat(self, beat: Callable[[], None]) -> None:
        self.beats.append(beat)

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Nobody hands back here."""


class Interrupted(FakeEngine):
    """Lets something happen each time it is asked to listen, with the number of the request."""

    def __init__(self, happen: Callable[[int], None]) -> None:
        self._happen = happen
        self.requests = 0

    def hear(self, samples: np.ndarray, request: HearingRequest) -> Hearing:
        self.requests += 1
        self._happen(self.requests)
        return super().hear(samples, request)


@dataclass
class World:
    """One long file, and workers that live for one message each."""

    media: bytes
    plan: CrashPlan = field(default_factory=CrashPlan)
    engine: Engine = field(default_factory=FakeEngine)
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    chunks: InMemoryChunkStore = field(default_factory=InMemoryChunkStore)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    transcripts: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    hold: Hold = field(default_factory=Hold)
    deaths: int = 0
    most_out: int = 0
    dead_letters: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue, self.notices = InMemoryQueue(self.clock), InMemoryQueue(self.clock)
        self.job = make_job()
        self.audio.write(self.job.file.key, self.media, content_type="audio/wav")
        self.jobs.create(self.job)
        self.jobs.mark_queued(self.job.job_id, now=self.clock.now())
        self.ask()

    def ask(self, chunk: int | None = None) -> None:
        message = JobMessage(job_id=self.job.job_id, chunk=chunk, sent_at=self.clock.now())
        self.queue.send(message.to_body())

    def current(self) -> Job:
        job = self.jobs.get(self.job.job_id)
        assert job is not None
        return job

    def states(self) -> list[ChunkStatus]:
        return [chunk.status for chunk in self.chunks.list(self.job.job_id)]

    def transcript(self) -> Transcript:
        key = transcript_key(self.job.user_id, self.job.job_id, "json")
        return Transcript.model_validate_json(self.transcripts.objects[key].body)

    def run(self, rounds: int = 100) -> None:
        """Let workers work, die and be started again until no message is left."""
        for _ in range(rounds):
            if not self.queue.bodies:
                return
            self.live()
            self.clock.advance(10)
        raise AssertionError("messages were left over")

    def live(self) -> None:
        """One worker takes one message, and may die of it."""
        own = self.plan.crashing(self.queue, "queue")
        self.hold = Hold()
        try:
            for delivery in own.receive(max_messages=1, wait_seconds=0, visibility_seconds=60):
                self.settle(own, delivery, self.worker()(delivery, self.hold))
        except Crash:
            self.deaths += 1
        out = [s for s in self.states() if s in (ChunkStatus.QUEUED, ChunkStatus.PROCESSING)]
        self.most_out = max(self.most_out, len(out))

    def settle(self, queue: InMemoryQueue, delivery: Delivery, fate: Fate) -> None:
        match fate:
            case Done():
                queue.delete(delivery)
            case Later(seconds=seconds):
                queue.set_visibility(delivery, int(seconds))
            case DeadLetter(reason=reason):
                self.dead_letters.append(reason)
                queue.delete(delivery)

    def worker(self) -> MessageHandler:
        jobs = self.plan.crashing(self.jobs, "jobs")
        chunks = self.plan.crashing(self.chunks, "chunks")
        notices = self.plan.crashing(self.notices, "notices")
        queue = self.plan.crashing(self.queue, "queue")
        dispatch = ChunkDispatch(chunks=chunks, queue=queue, in_flight=IN_FLIGHT, clock=self.clock)
        work = TranscriptionHandler(
            audio=self.audio,
            transcripts=self.plan.crashing(self.transcripts, "transcripts"),
            chunks=chunks,
            engine=self.engine,
            clock=self.clock,
            metrics=self.metrics,
            max_audio_minutes=60,
            window_seconds=60,
            chunking=Chunking(threshold_seconds=20, chunk_seconds=10),
        )
        common = {
            "jobs": jobs,
            "notices": notices,
            "discard": work.discard,
            "owner": new_id(),
            "settings": SETTINGS,
            "retry_delays_seconds": RETRY_DELAYS_SECONDS,
            "clock": self.clock,
            "metrics": self.metrics,
        }
        whole = JobDelivery(work=work, chunks=dispatch, tidy=work.tidy, **common)  # type: ignore[arg-type]
        return ChunkDelivery(
            whole=whole,
            chunks=chunks,
            dispatch=dispatch,
            work=work.chunk_work,
            **common,  # type: ignore[arg-type]
        )

    def beat(self) -> None:
        for beat in self.hold.beats:
            beat()

    def notice_kinds(self) -> list[NoticeKind]:
        return [NoticeMessage.from_body(body).kind for body in self.notices.bodies]

    def assert_completed_once(self) -> None:
        job = self.current()
        assert job.status is JobStatus.COMPLETED
        assert job.failures == 0
        assert set(self.notice_kinds()) == {NoticeKind.COMPLETED}
        assert set(self.transcripts.objects) == set(transcript_keys(job.user_id, job.job_id))
        assert self.chunks.list(job.job_id) == []
        assert self.dead_letters == []
        transcript = self.transcript()
        assert transcript.duration_seconds == SECONDS
        assert [segment.start for segment in transcript.segments] == [0, 10, 20, 30, 40]
        assert [(chunk.start, chunk.end) for chunk in transcript.chunks] == [
            (start, start + 10) for start in range(0, SECONDS, 10)
        ]


@pytest.fixture(scope="module")
def media(wav: Callable[..., bytes], tone: Callable[..., np.ndarray]) -> bytes:
    return wav(tone(SECONDS)[0])


def crash_points() -> list[CrashPoint]:
    """Every effect of an undisturbed run, by name; the run itself is checked below."""
    effects = (
        "jobs.claim chunks.put jobs.park chunks.queue queue.send queue.delete chunks.claim transcripts.write "
        "chunks.complete jobs.note_progress notices.send jobs.complete transcripts.delete chunks.delete_all"
    ).split()
    return [CrashPoint(effect, after=after) for effect in effects for after in (False, True)]


def test_a_long_file_is_cut_heard_in_chunks_and_assembled_with_one_notice(media: bytes) -> None:
    world = World(media)
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]
    assert world.current().progress == 100
    assert set(world.plan.trace) == {point.effect for point in crash_points()}


def test_no_more_chunks_are_out_at_a_time_than_may_be(media: bytes) -> None:
    world = World(media)
    world.run()
    assert world.most_out == IN_FLIGHT


def test_while_chunks_are_worked_on_nobody_holds_the_job_whose_progress_is_that_of_all(
    media: bytes,
) -> None:
    world = World(media)
    world.live()
    job = world.current()
    assert (job.status, job.lease) == (JobStatus.PROCESSING, None)
    assert job.split is not None
    assert job.split.chunks == CHUNKS
    assert world.states() == [ChunkStatus.QUEUED] * 2 + [ChunkStatus.WAITING] * 3
    world.live()
    assert world.current().progress == 100 // CHUNKS


@pytest.mark.parametrize("crash", crash_points(), ids=str)
def test_a_worker_that_dies_at_any_effect_leaves_a_job_that_still_completes(
    media: bytes, crash: CrashPoint
) -> None:
    world = World(media, CrashPlan(crash))
    world.run()
    assert world.deaths == 1
    world.assert_completed_once()


def test_a_worker_that_dies_repeats_only_its_own_chunk(media: bytes) -> None:
    engine = Interrupted(lambda _number: None)
    world = World(media, CrashPlan(CrashPoint("chunks.complete", after=False)), engine=engine)
    world.run()
    world.assert_completed_once()
    assert engine.requests == CHUNKS + 1


def test_two_chunks_that_end_at_once_lead_to_one_assembly(media: bytes) -> None:
    world = World(media)
    for _ in range(CHUNKS):
        world.live()
    assert world.states().count(ChunkStatus.COMPLETED) == CHUNKS - 1
    world.live()
    world.ask()  # what the other of the two would have sent
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]


def test_a_message_of_a_chunk_that_comes_again_after_completion_changes_nothing(media: bytes) -> None:
    world = World(media)
    world.run()
    world.ask(chunk=2)
    world.ask()
    world.run()
    world.assert_completed_once()
    assert world.notice_kinds() == [NoticeKind.COMPLETED]


def test_a_copy_of_a_chunks_message_that_keeps_meeting_a_living_worker_asks_ever_more_rarely(
    media: bytes,
) -> None:
    world = World(media)
    world.live()
    now, job_id = world.clock.now(), world.job.job_id
    world.chunks.claim(job_id, 0, owner="worker-2", now=now, lease_seconds=40)
    body = JobMessage(job_id=job_id, chunk=0, sent_at=now).to_body()
    waits = []
    for receive_count in range(1, 11):
        copy = Delivery("m", "r", body, receive_count=receive_count, sent_at=now)
        fate = world.worker()(copy, Hold())
        assert isinstance(fate, Later)
        waits.append(fate.seconds)
    assert waits == sorted(waits)
    assert sum(waits) > 3600, "ten receives must outlast an hour's work"


def test_a_cancel_reaches_a_chunk_with_its_next_heartbeat_and_clears_everything_away(media: bytes) -> None:
    def happen(number: int) -> None:
        if number == 2:
            world.jobs.cancel(world.job.job_id, now=world.clock.now())
            world.beat()

    world = World(media, engine=Interrupted(happen))
    world.run()
    assert world.current().status is JobStatus.CANCELLED
    assert world.engine.requests == 2  # type: ignore[attr-defined]
    assert world.notice_kinds() == []
    assert world.transcripts.objects == {}
    assert world.chunks.list(world.job.job_id) == []


def test_messages_of_a_purged_job_are_dropped(media: bytes) -> None:
    world = World(media)
    world.live()
    world.jobs.cancel(world.job.job_id, now=world.clock.now())
    world.chunks.delete_all(world.job.job_id)
    world.jobs.delete(world.job.job_id, now=world.clock.now())
    world.run()
    assert world.dead_letters == []
    assert world.transcripts.objects == {}


def test_a_chunk_that_fails_for_good_fails_the_job_and_stops_the_others(media: bytes) -> None:
    def happen(number: int) -> None:
        if number == 2:
            raise PermanentError(Fault.LANGUAGE_UNSUPPORTED, model="m", language="xx")

    world = World(media, engine=Interrupted(happen))
    world.run()
    job = world.current()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code == "language-unsupported"
    assert world.engine.requests == 2  # type: ignore[attr-defined]
    assert world.notice_kinds() == [NoticeKind.FAILED]


def test_a_chunk_out_of_tries_fails_the_job_and_a_replay_repeats_only_what_is_missing(media: bytes) -> None:
    broken = True

    def happen(number: int) -> None:
        if broken and number > 1:
            raise RuntimeError("disk on fire")

    world = World(media, engine=Interrupted(happen))
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


def test_a_failed_try_of_a_chunk_is_repeated_after_its_back_off(media: bytes) -> None:
    def happen(number: int) -> None:
        if number == 3:
            raise RuntimeError("disk on fire")

    world = World(media, engine=Interrupted(happen))
    world.run()
    world.assert_completed_once()


def test_chunks_whose_messages_were_lost_are_sent_again_by_whoever_sees_to_the_job(media: bytes) -> None:
    world = World(media)
    world.live()
    world.queue = InMemoryQueue(world.clock)  # somebody purged it
    world.clock.advance(20_000)
    job = world.current()
    world.jobs.touch_stalled(job.job_id, now=world.clock.now(), unchanged_since=world.clock.now())
    world.ask()
    world.run()
    world.assert_completed_once()


def test_a_job_in_chunks_that_keeps_standing_still_can_be_given_up(media: bytes) -> None:
    world = World(media)
    world.live()
    world.clock.advance(20_000)
    error = JobError.of(Fault.GAVE_UP, times=5)
    job = world.jobs.give_up(
        world.job.job_id, now=world.clock.now(), unchanged_since=world.clock.now(), error=error
    )
    assert job.status is JobStatus.FAILED


def test_timings_are_those_of_all_chunks_and_the_wait_that_of_the_planner(media: bytes) -> None:
    class Slow(FakeEngine):
        def hear(self, samples: np.ndarray, request: HearingRequest) -> Hearing:
            world.clock.advance(2)
            return super().hear(samples, request)

    world = World(media, engine=Slow())
    world.clock.advance(7)
    world.run()
    timings = world.current().timings
    assert timings is not None
    assert (timings.queue_wait_ms, timings.inference_ms) == (7_000, CHUNKS * 2_000)
    assert timings.total_ms > CHUNKS * 2_000


def test_a_chunk_reports_to_its_job_with_every_beat(media: bytes) -> None:
    seen: list[int] = []

    def happen(_number: int) -> None:
        world.clock.advance(30)
        world.beat()
        seen.append(world.current().progress)
        assert world.current().updated_at == world.clock.now()

    world = World(media, engine=Interrupted(happen))
    world.run()
    assert seen == sorted(seen)
    world.assert_completed_once()


def test_an_older_worker_reads_the_messages_of_whole_jobs() -> None:
    world_message = JobMessage(job_id=new_id(), sent_at=FakeClock().now())
    assert "chunk" not in world_message.to_body()
