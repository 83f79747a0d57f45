"""A platform in memory whose parts die where a test says so, and the reconciler that looks after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from services.api_lambda.upload_events import uploaded_keys
from services.reconciler.doors import Accounts, Doors
from services.reconciler.handler import Reconciler, all_sweeps
from services.reconciler.outbox import Outbox
from services.reconciler.settings import SweepLimits
from shared.domain.errors import TransientError
from shared.domain.files import FileRecord, FileStatus
from shared.domain.jobs import Job, JobFile, JobStatus, Timings
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.ports.job_store import HeldLease
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.bookmarks import InMemoryBookmarks
from shared.testing.builders import make_file, make_job, make_outputs, make_result
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.clock import FakeClock
from shared.testing.erasure_store import InMemoryErasureStore
from shared.testing.file_store import InMemoryFileStore
from shared.testing.job_store import InMemoryJobStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.part_uploads import InMemoryPartUploads
from shared.testing.queue import InMemoryQueue
from shared.testing.step_store import InMemoryStepStore
from shared.testing.user_directory import InMemoryUserDirectory
from shared.testing.webhook_store import InMemoryWebhookStore
from shared.worker.deletion import Deletion
from tests.support.job_queues import all_in

LIMITS = SweepLimits(
    event_grace_seconds=300,
    upload_grace_seconds=3600,
    queued_stalled_seconds=10_800,
    processing_stalled_seconds=900,
    most_lost_attempts=3,
    notice_grace_seconds=900,
    notice_window_seconds=172_800,
    notice_round_seconds=0,
    retention_round_seconds=0,
)
LEASE_SECONDS = 60
AUDIO = b"OggS\x00\x02" + bytes(994)


class UnreachableQueue(InMemoryQueue):
    """Takes nothing."""

    def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
        raise TransientError("no connection")


@dataclass
class Platform:
    """Everything the reconciler reaches."""

    clock: FakeClock = field(default_factory=FakeClock)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    files: InMemoryFileStore = field(default_factory=InMemoryFileStore)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    transcripts: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)
    batches: InMemoryBatchStore = field(default_factory=InMemoryBatchStore)
    erasures: InMemoryErasureStore = field(default_factory=InMemoryErasureStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    keys: InMemoryApiKeyStore = field(default_factory=InMemoryApiKeyStore)
    webhooks: InMemoryWebhookStore = field(default_factory=InMemoryWebhookStore)
    bookmarks: InMemoryBookmarks = field(default_factory=InMemoryBookmarks)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)

    def __post_init__(self) -> None:
        self.uploads = InMemoryQueue(self.clock)
        self.work = InMemoryQueue(self.clock)
        self.notices = InMemoryQueue(self.clock)
        self.unreachable = UnreachableQueue(self.clock)

    def doors(self, **changes: object) -> Doors:
        """Those of one run. ``changes`` are limits, or queues that fail."""
        queues = {name: changes.pop(name, getattr(self, name)) for name in ("uploads", "work", "notices")}
        return Doors(
            jobs=changes.pop("jobs", self.jobs),
            batches=self.batches,
            files=self.files,
            audio=changes.pop("audio", self.audio),
            notice_log=self.notice_log,
            bookmarks=self.bookmarks,
            outbox=Outbox(**queues | {"work": all_in(queues["work"], self.clock)}, clock=self.clock),
            deletion=Deletion(
                jobs=changes.pop("deletion_jobs", self.jobs),
                chunks=InMemoryChunkStore(),
                steps=InMemoryStepStore(),
                files=self.files,
                audio=self.audio,
                parts=InMemoryPartUploads(self.audio),
                transcripts=self.transcripts,
                clock=self.clock,
            ),
            accounts=Accounts(
                erasures=self.erasures,
                users=changes.pop("users", self.users),
                keys=changes.pop("keys", self.keys),
                webhooks=changes.pop("webhooks", self.webhooks),
                transcripts=self.transcripts,
            ),
            clock=self.clock,
            metrics=self.metrics,
            limits=LIMITS.model_copy(update=changes),
        )

    def reconcile(self, **changes: object) -> None:
        """One run, of a process of its own."""
        Reconciler(all_sweeps(self.doors(**changes)), clock=self.clock)()

    def job(self, job: Job) -> Job:
        """The record as it stands."""
        current = self.jobs.get(job.job_id)
        assert current is not None
        return current

    def status(self, job: Job) -> JobStatus:
        return self.job(job).status

    def announced_keys(self) -> list[str]:
        """The keys that the router would read from the uploads queue."""
        return [key for body in self.uploads.bodies for key in uploaded_keys(body)]

    def asked_for_work(self) -> list[str]:
        return [JobMessage.from_body(body).job_id for body in self.work.bodies]

    def asked_for_notices(self) -> list[tuple[str, NoticeKind]]:
        notices = [NoticeMessage.from_body(body) for body in self.notices.bodies]
        return [(notice.job_id, notice.kind) for notice in notices]

    def sent_anything(self) -> bool:
        return any(queue.bodies for queue in (self.uploads, self.work, self.notices))

    def given_pending(self, *, waits: bool = True, with_file: bool = True, **file: object) -> Job:
        """A PENDING job of now whose upload URL is good for an hour."""
        now = self.clock.now()
        expires_at = now + timedelta(seconds=3600)
        record = make_file(**{"created_at": now, "upload_expires_at": expires_at, **file})
        job = self._create(record)
        if with_file:
            waiting = frozenset({job.job_id} if waits else ())
            self.files.create(record.model_copy(update={"awaiting_job_ids": waiting}))
        return job

    def given_queued(self) -> Job:
        job = self.given_pending(status=FileStatus.UPLOADED)
        return self.jobs.mark_queued(job.job_id, now=self.clock.now())

    def given_quiet(self) -> Job:
        """A QUEUED job that nobody is told of."""
        now = self.clock.now()
        job = make_job(quiet=True, status=JobStatus.QUEUED, created_at=now, updated_at=now)
        self.jobs.create(job)
        return job

    def given_processing(self) -> Job:
        return self.claimed(self.given_queued())

    def claimed(self, job: Job) -> Job:
        return self.jobs.claim(job.job_id, owner="worker", now=self.clock.now(), lease_seconds=LEASE_SECONDS)

    def given_completed(self) -> Job:
        return self.completed(self.given_processing())

    def completed(self, job: Job) -> Job:
        return self.jobs.complete(
            HeldLease(job.job_id, "worker", job.attempts),
            now=self.clock.now(),
            result=make_result(),
            outputs=make_outputs(job),
            timings=Timings(),
        )

    def upload(self, job: Job) -> None:
        """Play the client that PUTs the file."""
        self.audio.write(job.file.key, AUDIO, content_type="audio/ogg")

    def _create(self, file: FileRecord) -> Job:
        now = self.clock.now()
        job_file = JobFile(
            file_id=file.file_id,
            filename=file.filename,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            key=file.key,
        )
        job = make_job(file=job_file, created_at=now, updated_at=now)
        self.jobs.create(job)
        return job


@pytest.fixture
def platform() -> Platform:
    return Platform()
