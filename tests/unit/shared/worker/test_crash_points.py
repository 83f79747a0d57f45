"""The process dies before or after any single effect on a file's way, once or twice: it still ends well.

Router, worker and notifier are the real ones, over fakes that are handed in. After a crash nothing is
cleaned up; time passes, lease and visibility run out, and another process takes over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import quote_plus

import pytest

from services.api_lambda.job_starter import JobStarter
from services.api_lambda.router import Router
from services.notifier.composer import MailComposer
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus, Timings
from shared.ports.queue import Delivery
from shared.settings import WorkerSettings
from shared.testing.builders import make_file, make_job, make_outputs, make_result, make_user
from shared.testing.clock import FakeClock
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.testing.file_store import InMemoryFileStore
from shared.testing.job_store import InMemoryJobStore
from shared.testing.link_signer import FakeLinkSigner
from shared.testing.mailer import RecordingMailer
from shared.testing.metrics import RecordingMetrics
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.queue import InMemoryQueue
from shared.testing.user_directory import InMemoryUserDirectory
from shared.worker.fate import DeadLetter, Done, Fate, Later
from shared.worker.job_delivery import JobDelivery
from shared.worker.work import FinishedWork, Progress
from tests.support.job_queues import all_in
from tests.support.notifier_stage import Stage, make_notice_handler
from tests.unit.shared.worker.conftest import ManualHold

SETTINGS = WorkerSettings(job_table_name="jobs", visibility_seconds=60, heartbeat_seconds=15)
COMPOSER = MailComposer(public_api_url="https://api.example.com", links=FakeLinkSigner())
ROUND_SECONDS = 10
MOST_ROUNDS = 100

AUDIO = b"OggS\x00\x02" + bytes(994)
TEXT = b"not audio at all".ljust(1000)

MAILED_NOT_RECORDED = {
    CrashPoint("mailer.send", after=True),
    CrashPoint("notice_log.record_sent", after=False),
}
"""The one gap that can't be closed: the mail is out, and nobody knows."""


@dataclass
class World:
    """One file on its way from the upload event to the mail, through processes that may die."""

    plan: CrashPlan
    body: bytes = AUDIO
    fault: Fault | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    files: InMemoryFileStore = field(default_factory=InMemoryFileStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    transcripts: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)
    mailer: RecordingMailer = field(default_factory=RecordingMailer)
    deaths: int = 0

    def __post_init__(self) -> None:
        self.uploads, self.queue, self.notices = (InMemoryQueue(self.clock) for _ in range(3))
        self.users.put(make_user())
        self.job = make_job()
        self.jobs.create(self.job)
        file = make_file(awaiting_job_ids=frozenset({self.job.job_id}), size_bytes=len(self.body))
        self.files.create(file)
        self.audio.write(file.key, self.body, content_type="audio/ogg")
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": quote_plus(file.key)}}}
        self.uploads.send(json.dumps({"Records": [record]}))

    def run(self) -> None:
        """Let processes work, die and be started again until no message is left."""
        for _ in range(MOST_ROUNDS):
            if not (self.uploads.bodies or self.queue.bodies or self.notices.bodies):
                return
            self._live(self.uploads, "uploads", self._router())
            self._live(self.queue, "queue", self._worker())
            self._live(self.notices, "notices", self._notifier())
            self.clock.advance(ROUND_SECONDS)
        raise AssertionError("messages were left over")

    def ended(self) -> Job:
        job = self.jobs.get(self.job.job_id)
        assert job is not None
        return job

    def _live(self, queue: InMemoryQueue, name: str, handle: Callable[[Delivery], Fate]) -> None:
        """One process: works what it can see, and may die of it."""
        own = self.plan.crashing(queue, name)
        try:
            for delivery in own.receive(max_messages=10, wait_seconds=0, visibility_seconds=60):
                self._settle(own, delivery, handle(delivery))
        except Crash:
            self.deaths += 1

    def _settle(self, queue: InMemoryQueue, delivery: Delivery, fate: Fate) -> None:
        match fate:
            case Done():
                queue.delete(delivery)
            case Later(seconds=seconds):
                queue.set_visibility(delivery, int(seconds))
            case DeadLetter(reason=reason):
                raise AssertionError(f"dead letter: {reason}")

    def _router(self) -> Callable[[Delivery], Fate]:
        jobs = self.plan.crashing(self.jobs, "jobs")
        router = Router(
            files=self.plan.crashing(self.files, "files"),
            jobs=jobs,
            audio=self.audio,
            starter=JobStarter(
                jobs=jobs,
                queues=all_in(self.plan.crashing(self.queue, "queue"), self.clock),
                clock=self.clock,
            ),
            notices=self.plan.crashing(self.notices, "notices"),
            clock=self.clock,
            metrics=self.metrics,
        )

        def handle(delivery: Delivery) -> Fate:
            answer = router({"Records": [{"messageId": delivery.message_id, "body": delivery.body}]})
            assert answer == {"batchItemFailures": []}
            return Done()

        return handle

    def _worker(self) -> Callable[[Delivery], Fate]:
        delivery = JobDelivery(
            jobs=self.plan.crashing(self.jobs, "jobs"),
            notices=self.plan.crashing(self.notices, "notices"),
            work=self._transcribe,
            discard=self._discard,
            owner=new_id(),
            settings=SETTINGS,
            retry_delays_seconds=(),
            clock=self.clock,
            metrics=self.metrics,
        )
        return lambda message: delivery(message, ManualHold())

    def _transcribe(self, job: Job, _progress: Progress) -> FinishedWork:
        if self.fault is not None:
            raise PermanentError(self.fault)
        transcripts = self.plan.crashing(self.transcripts, "transcripts")
        for output in make_outputs(job):
            transcripts.write(output.key, output.filename.encode(), content_type=output.content_type)
        return FinishedWork(result=make_result(), outputs=make_outputs(job), timings=Timings())

    def _discard(self, _user_id: str, _job_id: str) -> None:
        for output in make_outputs(self.job):
            self.transcripts.delete(output.key)

    def _notifier(self) -> Callable[[Delivery], Fate]:
        stage = Stage(
            jobs=self.jobs,
            users=self.users,
            notice_log=self.plan.crashing(self.notice_log, "notice_log"),
            mailer=self.plan.crashing(self.mailer, "mailer"),
            clock=self.clock,
            metrics=self.metrics,
        )
        handler = make_notice_handler(stage)
        return lambda message: handler(message, ManualHold())


@dataclass(frozen=True)
class Story:
    """A file, and how its job ends whatever happens on the way."""

    name: str
    status: JobStatus
    body: bytes = AUDIO
    fault: Fault | None = None

    def world(self, *points: CrashPoint) -> World:
        return World(CrashPlan(*points), self.body, self.fault)

    def crash_points(self) -> list[CrashPoint]:
        """Before and after every effect of an undisturbed run."""
        world = self.world()
        world.run()
        effects = dict.fromkeys(world.plan.trace)
        return [CrashPoint(effect, after=after) for effect in effects for after in (False, True)]


STORIES = (
    Story("transcribed", JobStatus.COMPLETED),
    Story("refused by the worker", JobStatus.FAILED, fault=Fault.NO_AUDIO_TRACK),
    Story("refused by the router", JobStatus.FAILED, body=TEXT),
)
ONE_CRASH = [(story, point) for story in STORIES for point in story.crash_points()]


def assert_ended_well(world: World, story: Story, *crashes: CrashPoint) -> None:
    job = world.ended()
    assert job.status is story.status
    assert (job.error is None) == (story.status is JobStatus.COMPLETED)
    assert job.failures == 0, "a crash costs nobody a try"
    transcript = {output.key: output.filename.encode() for output in job.outputs}
    assert {key: stored.body for key, stored in world.transcripts.objects.items()} == transcript
    assert bool(transcript) == (story.status is JobStatus.COMPLETED)
    mails_nobody_knows_of = sum(crash in MAILED_NOT_RECORDED for crash in crashes)
    assert len(world.mailer.sent) == 1 + mails_nobody_knows_of
    assert len({mail.subject for mail in world.mailer.sent}) == 1


def test_the_crash_points_are_all_effects_of_the_delivery_contract() -> None:
    assert [str(point).removeprefix("before ") for point in STORIES[0].crash_points() if not point.after] == [
        "files.mark_uploaded",
        "jobs.mark_queued",
        "queue.send",
        "uploads.delete",
        "jobs.claim",
        "transcripts.write",
        "notices.send",
        "jobs.complete",
        "queue.delete",
        "notice_log.claim",
        "mailer.send",
        "notice_log.record_sent",
        "notices.delete",
    ]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_without_a_crash_each_effect_happens_once(story: Story) -> None:
    world = story.world()
    world.run()
    assert_ended_well(world, story)
    repeated = {effect for effect in world.plan.trace if world.plan.trace.count(effect) > 1}
    assert repeated <= {"transcripts.write"}


@pytest.mark.parametrize(("story", "crash"), ONE_CRASH, ids=lambda value: getattr(value, "name", str(value)))
def test_a_process_that_dies_at_any_effect_leaves_a_job_that_still_ends_once(
    story: Story, crash: CrashPoint
) -> None:
    world = story.world(crash)
    world.run()
    assert world.deaths == 1
    assert_ended_well(world, story, crash)


@pytest.mark.heavy
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_two_crashes_wherever_they_hit_leave_a_job_that_still_ends_once(story: Story) -> None:
    for first, second in product(story.crash_points(), repeat=2):
        world = story.world(first, second)
        world.run()
        happened = (first,) if world.plan.pending else (first, second)
        assert world.deaths == len(happened)
        assert_ended_well(world, story, *happened)
