"""A workflow with all who take part in it, over fakes: converter, transcriber, notifier, an owner's mailbox.

Each lives for one message and may die where it is told to. Time passes, leases run out, others take over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.converter.handler import ConversionHandler
from services.converter.work import ConverterWork
from services.converter.workflows.child import TranscriptJobs
from services.converter.workflows.engine import WorkflowHandler
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus, JobType, Timings
from shared.domain.messages import JobMessage
from shared.domain.object_keys import TRANSCRIPT_EXTENSIONS, transcript_key, transcript_keys
from shared.domain.results import JobOutput
from shared.domain.steps import Step, StepStatus
from shared.domain.transcript import Segment, Transcript
from shared.domain.work_queues import WorkQueue
from shared.domain.workflows import Workflow, transcript_job_id
from shared.ports.object_store import ObjectStore
from shared.settings import WorkerSettings
from shared.testing.builders import make_job, make_result, make_user
from shared.testing.clock import FakeClock
from shared.testing.crashes import Crash, CrashPlan
from shared.testing.job_store import InMemoryJobStore
from shared.testing.mailer import RecordingMailer
from shared.testing.metrics import RecordingMetrics
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.queue import InMemoryQueue
from shared.testing.step_store import InMemoryStepStore
from shared.testing.user_directory import InMemoryUserDirectory
from shared.worker.fate import MessageHandler
from shared.worker.job_delivery import JobDelivery
from shared.worker.job_queues import JobQueues
from shared.worker.work import FinishedWork, Progress
from tests.support.notifier_stage import IdleHold, Stage, make_notice_handler
from tests.support.settling import settle

SETTINGS = WorkerSettings(job_table_name="jobs", visibility_seconds=60, heartbeat_seconds=15)
RETRY_DELAYS_SECONDS = (5.0,)


@dataclass
class WorkflowWorld:
    """One file and its workflow. ``transcriber`` False: nobody takes what is asked of it."""

    media: bytes
    workflow: Workflow
    plan: CrashPlan = field(default_factory=CrashPlan)
    fault_of_transcript: Fault | None = None
    transcriber: bool = True
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    steps: InMemoryStepStore = field(default_factory=InMemoryStepStore)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    results: ObjectStore = field(default_factory=InMemoryObjectStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)
    mailer: RecordingMailer = field(default_factory=RecordingMailer)
    on_sleep: list[float] = field(default_factory=list)
    deaths: int = 0
    heard: int = 0
    dead_letters: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.conversion, self.transcription, self.notices = (InMemoryQueue(self.clock) for _ in range(3))
        self.users.put(make_user())
        kind = JobType[self.workflow.operation.upper()]
        self.job = make_job(type=kind, operation=self.workflow)
        self.audio.write(self.job.file.key, self.media, content_type="audio/wav")
        self.jobs.create(self.job)
        self.jobs.mark_queued(self.job.job_id, now=self.clock.now())
        self.ask()

    @property
    def child_id(self) -> str:
        return transcript_job_id(self.job.job_id)

    def ask(self) -> None:
        """As the API does, and again the reconciler."""
        self.conversion.send(JobMessage(job_id=self.job.job_id, sent_at=self.clock.now()).to_body())

    def current(self) -> Job:
        job = self.jobs.get(self.job.job_id)
        assert job is not None
        return job

    def steps_by_name(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps.list(self.job.job_id)}

    def statuses(self) -> dict[str, StepStatus]:
        return {name: step.status for name, step in self.steps_by_name().items()}

    def objects(self) -> dict[str, bytes]:
        assert isinstance(self.results, InMemoryObjectStore)
        return {key: stored.body for key, stored in self.results.objects.items()}

    def output(self, extension: str) -> bytes:
        [found] = [out for out in self.current().outputs if out.filename.endswith(f".{extension}")]
        return self.objects()[found.key]

    def run(self, rounds: int = 60) -> None:
        """Let everybody work, die and be started again until no message is left."""
        for _ in range(rounds):
            self.round()
            taken = [*self.conversion.bodies, *self.notices.bodies]
            if not taken and not (self.transcriber and self.transcription.bodies):
                return
            self.clock.advance(10)
        raise AssertionError("messages were left over")

    def round(self) -> None:
        """One message for each of them."""
        self.live(self.conversion, "conversion", self._converter)
        if self.transcriber:
            self.live(self.transcription, "transcription", self._transcriber)
        self.live(self.notices, "notices", self._notifier)

    def live(self, queue: InMemoryQueue, name: str, made: Callable[[], MessageHandler]) -> None:
        """One process: takes one message, and may die of it."""
        own = self.plan.crashing(queue, name)
        try:
            for delivery in own.receive(max_messages=1, wait_seconds=0, visibility_seconds=60):
                settle(own, delivery, made()(delivery, IdleHold()), self.dead_letters)
        except Crash:
            self.deaths += 1

    def work(self) -> ConverterWork:
        """The converter's, as a process makes it."""
        jobs = self.plan.crashing(self.jobs, "jobs")
        transcription = self.plan.crashing(self.transcription, "transcription")
        results = self.plan.crashing(self.results, "results")
        buckets = {"audio": self.audio, "transcripts": results}
        operations = ConversionHandler(**buckets, clock=self.clock, max_audio_minutes=60)
        children = TranscriptJobs(
            jobs=jobs,
            queues=JobQueues({WorkQueue.TRANSCRIPTION: transcription}, self.clock),
            transcripts=results,
            clock=self.clock,
        )
        workflows = WorkflowHandler(
            steps=self.plan.crashing(self.steps, "steps"),
            children=children,
            **buckets,
            clock=self.clock,
            max_audio_minutes=60,
            sleep=self.on_sleep.append,
        )
        return ConverterWork(operations, workflows)

    def _converter(self) -> MessageHandler:
        work = self.work()
        return self._delivery(work, work.discard, tidy=work.tidy)

    def _transcriber(self) -> MessageHandler:
        return self._delivery(self._transcribe, self._discard_transcript)

    def _delivery(self, work, discard, tidy=None) -> JobDelivery:
        return JobDelivery(
            jobs=self.plan.crashing(self.jobs, "jobs"),
            notices=self.plan.crashing(self.notices, "notices"),
            work=work,
            discard=discard,
            tidy=tidy,
            owner=new_id(),
            settings=SETTINGS,
            retry_delays_seconds=RETRY_DELAYS_SECONDS,
            clock=self.clock,
            metrics=self.metrics,
        )

    def _transcribe(self, job: Job, _progress: Progress) -> FinishedWork:
        if self.fault_of_transcript is not None:
            raise PermanentError(self.fault_of_transcript, model="m", language="xx")
        self.heard += 1
        outputs = []
        for extension in TRANSCRIPT_EXTENSIONS:
            key = transcript_key(job.user_id, job.job_id, extension)
            body = transcript_of(job).model_dump_json(by_alias=True).encode()
            self.results.write(key, body, content_type="text/plain")
            outputs.append(
                JobOutput(
                    filename=f"meeting.{extension}", key=key, content_type="text/plain", size_bytes=len(body)
                )
            )
        return FinishedWork(result=make_result(), outputs=tuple(outputs), timings=Timings(decode_ms=1))

    def _discard_transcript(self, user_id: str, job_id: str) -> None:
        for key in transcript_keys(user_id, job_id):
            self.results.delete(key)

    def _notifier(self) -> MessageHandler:
        stage = Stage(
            jobs=self.jobs,
            users=self.users,
            notice_log=self.plan.crashing(self.notice_log, "notice_log"),
            mailer=self.plan.crashing(self.mailer, "mailer"),
            clock=self.clock,
            metrics=self.metrics,
        )
        stage.work = self.plan.crashing(self.conversion, "conversion")
        return make_notice_handler(stage)

    def end(self) -> JobStatus:
        """How the job stands once nothing moves any more."""
        self.run()
        return self.current().status


def transcript_of(job: Job) -> Transcript:
    """Two sentences with a pause between them, in a file of three minutes."""
    spoken = [
        (0.5, 70.0, "Good morning and welcome."),
        (75.0, 110.0, "Now to something else, dear listeners."),
    ]
    return Transcript(
        job_id=job.job_id,
        filename=job.file.filename,
        task="transcribe",
        model="fixture",
        language="en",
        duration_seconds=180,
        speech_seconds=105,
        confidence=1,
        text=" ".join(text for *_, text in spoken),
        segments=tuple(
            Segment(id=number, start=start, end=end, text=text, confidence=1, no_speech_probability=0)
            for number, (start, end, text) in enumerate(spoken)
        ),
        created_at=job.created_at,
    )
