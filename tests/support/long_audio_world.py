"""A long file and workers that live for one message each, over fakes, and die where they are told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from services.transcriber.engine import Engine, Hearing, HearingRequest
from services.transcriber.fake_engine import FakeEngine
from services.transcriber.handler import TranscriptionHandler
from services.transcriber.planning import Chunking
from shared.domain.chunks import ChunkStatus
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.domain.object_keys import transcript_key, transcript_keys
from shared.domain.transcript import Transcript
from shared.settings import WorkerSettings
from shared.testing.builders import make_file, make_job
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.clock import FakeClock
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.file_store import InMemoryFileStore
from shared.testing.job_store import InMemoryJobStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.queue import InMemoryQueue
from shared.worker.chunk_delivery import ChunkDelivery
from shared.worker.dispatch import ChunkDispatch
from shared.worker.fate import MessageHandler
from shared.worker.job_delivery import JobDelivery
from tests.support.job_queues import all_in
from tests.support.settling import settle

SETTINGS = WorkerSettings(job_table_name="jobs", visibility_seconds=60, heartbeat_seconds=15)
RETRY_DELAYS_SECONDS = (5.0,)
SECONDS = 50
CHUNKS = 5
IN_FLIGHT = 2


class BeatingHold:
    """A hold that beats when the engine is asked to listen."""

    stopping = False

    def __init__(self) -> None:
        self.beats: list[Callable[[], None]] = []

    def on_beat(self, beat: Callable[[], None]) -> None:
        self.beats.append(beat)

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Nobody hands back here."""


class InterruptedEngine(FakeEngine):
    """Lets something happen each time it is asked to listen, with the number of the request."""

    def __init__(self, happen: Callable[[int], None]) -> None:
        self._happen = happen
        self.requests = 0

    def hear(self, samples: np.ndarray, request: HearingRequest) -> Hearing:
        self.requests += 1
        self._happen(self.requests)
        return super().hear(samples, request)


@dataclass
class LongAudioWorld:
    """One long file, and workers that live for one message each."""

    media: bytes
    plan: CrashPlan = field(default_factory=CrashPlan)
    engine: Engine = field(default_factory=FakeEngine)
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    chunks: InMemoryChunkStore = field(default_factory=InMemoryChunkStore)
    files: InMemoryFileStore = field(default_factory=InMemoryFileStore)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    transcripts: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    hold: BeatingHold = field(default_factory=BeatingHold)
    chunking: Chunking = field(default_factory=lambda: Chunking(threshold_seconds=20, chunk_seconds=10))
    deaths: int = 0
    most_out: int = 0
    dead_letters: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue, self.notices = InMemoryQueue(self.clock), InMemoryQueue(self.clock)
        self.job = make_job()
        self.files.create(make_file(file_id=self.job.file.file_id))
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
        self.hold = BeatingHold()
        try:
            for delivery in own.receive(max_messages=1, wait_seconds=0, visibility_seconds=60):
                settle(own, delivery, self.worker()(delivery, self.hold), self.dead_letters)
        except Crash:
            self.deaths += 1
        out = [s for s in self.states() if s in (ChunkStatus.QUEUED, ChunkStatus.PROCESSING)]
        self.most_out = max(self.most_out, len(out))

    def worker(self) -> MessageHandler:
        jobs = self.plan.crashing(self.jobs, "jobs")
        chunks = self.plan.crashing(self.chunks, "chunks")
        notices = self.plan.crashing(self.notices, "notices")
        queues = all_in(self.plan.crashing(self.queue, "queue"), self.clock)
        dispatch = ChunkDispatch(chunks=chunks, queues=queues, in_flight=IN_FLIGHT, clock=self.clock)
        work = TranscriptionHandler(
            audio=self.audio,
            transcripts=self.plan.crashing(self.transcripts, "transcripts"),
            chunks=chunks,
            files=self.plan.crashing(self.files, "files"),
            engine=self.engine,
            clock=self.clock,
            metrics=self.metrics,
            max_audio_minutes=720,
            window_seconds=60,
            chunking=self.chunking,
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
        file = self.files.get(job.file.file_id)
        assert file is not None
        assert file.transcribed_at is not None
        transcript = self.transcript()
        assert transcript.duration_seconds == SECONDS
        assert [segment.start for segment in transcript.segments] == [0, 10, 20, 30, 40]
        assert [(chunk.start, chunk.end) for chunk in transcript.chunks] == [
            (start, start + 10) for start in range(0, SECONDS, 10)
        ]


def crash_points() -> list[CrashPoint]:
    """Every effect of an undisturbed run, by name; a test checks that it is all."""
    effects = (
        "jobs.claim chunks.put jobs.park chunks.queue queue.send queue.delete chunks.claim transcripts.write "
        "chunks.complete jobs.note_progress files.mark_transcribed notices.send jobs.complete "
        "transcripts.delete chunks.delete_all"
    ).split()
    return [CrashPoint(effect, after=after) for effect in effects for after in (False, True)]
