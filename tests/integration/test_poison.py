"""A message that kills its process each time: the dead-letter queue takes it, and its owner is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.emulator import Emulator
from local.environment import base_environment
from local.provision import Plan, provision
from services.reconciler.doors import Accounts, Doors
from services.reconciler.handler import Reconciler, all_sweeps
from services.reconciler.outbox import Outbox
from services.reconciler.settings import SweepLimits
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.batch_store import DynamoBatchStore
from shared.aws.bookmarks import DynamoBookmarks
from shared.aws.chunk_store import DynamoChunkStore
from shared.aws.clients import make_client
from shared.aws.erasure_store import DynamoErasureStore
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.object_store import S3ObjectStore
from shared.aws.part_uploads import S3PartUploads
from shared.aws.queue import SqsQueue
from shared.aws.step_store import DynamoStepStore
from shared.aws.user_directory import DynamoUserDirectory
from shared.aws.webhook_store import DynamoWebhookStore
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobStatus
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.metrics import RecordingMetrics
from shared.testing.waiting import wait_until
from shared.worker.deletion import Deletion
from tests.support.job_queues import all_in

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).resolve().parents[2]
MOST_RECEIVES = 2

WORKER = """
import os, signal
from shared.aws.clients import make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.queue import SqsQueue, SqsSender
from shared.ports.clock import SystemClock
from shared.ports.scale_in_protection import NoProtection
from shared.settings import WorkerSettings
from shared.testing.metrics import RecordingMetrics
from shared.worker.job_delivery import JobDelivery
from shared.worker.service import serve_queues

def die(*_values):
    os.kill(os.getpid(), signal.SIGKILL)

settings, clock, sqs, metrics = WorkerSettings(), SystemClock(), make_client("sqs"), RecordingMetrics()
urls = [os.environ[f"TRANSCRIPTION_{kind}QUEUE_URL"] for kind in ("", "DEAD_LETTER_")]
# Less than no skew: a lease of as many seconds as the message is hidden would outlive that by an instant.
jobs = DynamoJobStore(make_client("dynamodb"), settings.job_table_name, clock_skew_seconds=-1)
notices = SqsSender(sqs, os.environ["NOTIFICATION_QUEUE_URL"])
handler = JobDelivery(
    jobs=jobs, notices=notices, work=die, discard=die, owner=str(os.getpid()), settings=settings,
    retry_delays_seconds=(), clock=clock, metrics=metrics,
)
serve_queues(
    queues=[SqsQueue(sqs, *urls)], handler=handler, slots=1, settings=settings, clock=clock, metrics=metrics,
    protection=NoProtection(),
)
"""


class System:
    """The table and the queues on the emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._resources = provision(
            emulator.connection, Plan(prefix="poison", max_receive_count=MOST_RECEIVES)
        )
        self._sqs = make_client("sqs", emulator.connection)
        self._tables = make_client("dynamodb", emulator.connection)
        self.jobs = DynamoJobStore(self._tables, self._resources.job_table_name)
        self.work = self._queue(self._resources.transcription.url)
        self.dead_letters = self._queue(self._resources.transcription.dead_letter_url)
        self.notices = self._queue(self._resources.notification.url)

    def start_worker(self) -> subprocess.Popen[bytes]:
        environment = {
            **base_environment(),
            **self._emulator.environment(),
            **self._resources.environment(),
            "VISIBILITY_SECONDS": "5",
            "HEARTBEAT_SECONDS": "1",
            "RECEIVE_WAIT_SECONDS": "1",
        }
        return subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT)

    def reconciler(self) -> Reconciler:
        clock = SystemClock()
        table = self._resources.job_table_name
        files = DynamoFileStore(self._tables, table)
        storage = make_client("s3", self._emulator.connection)
        audio = S3ObjectStore(storage, self._resources.audio_bucket_name)
        transcripts = S3ObjectStore(storage, self._resources.transcript_bucket_name)
        doors = Doors(
            jobs=self.jobs,
            files=files,
            audio=audio,
            deletion=Deletion(
                jobs=self.jobs,
                chunks=DynamoChunkStore(self._tables, table),
                steps=DynamoStepStore(self._tables, table),
                files=files,
                audio=audio,
                parts=S3PartUploads(storage, self._resources.audio_bucket_name),
                transcripts=transcripts,
                clock=clock,
            ),
            batches=DynamoBatchStore(self._tables, table),
            accounts=Accounts(
                erasures=DynamoErasureStore(self._tables, table),
                users=DynamoUserDirectory(self._tables, table),
                keys=DynamoApiKeyStore(self._tables, table),
                webhooks=DynamoWebhookStore(self._tables, table),
                transcripts=transcripts,
            ),
            notice_log=DynamoNoticeLog(self._tables, table),
            bookmarks=DynamoBookmarks(self._tables, table),
            outbox=Outbox(
                uploads=self.work, work=all_in(self.work, clock), notices=self.notices, clock=clock
            ),
            clock=clock,
            metrics=RecordingMetrics(),
            limits=SweepLimits(processing_stalled_seconds=1, most_lost_attempts=MOST_RECEIVES),
        )
        return Reconciler(all_sweeps(doors), clock=clock)

    def _queue(self, url: str) -> SqsQueue:
        return SqsQueue(self._sqs, url, url)


@pytest.fixture
def system(emulator: Emulator) -> System:
    return System(emulator)


def bodies(queue: SqsQueue) -> list[str]:
    return [d.body for d in queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=0)]


def a_worker_dies_of_the_message(system: System) -> bool:
    """Whether it did; the other way out is that the message has become a dead letter."""
    worker = system.start_worker()
    try:
        wait_until(lambda: worker.poll() is not None or bodies(system.dead_letters), timeout_seconds=30)
        return worker.poll() is not None
    finally:
        worker.kill()
        worker.wait()


def test_a_message_that_kills_its_worker_becomes_a_dead_letter_and_its_job_fails_with_a_notice(
    system: System,
) -> None:
    job = make_job(status=JobStatus.QUEUED)
    system.jobs.create(job)
    message = JobMessage(job_id=job.job_id, sent_at=SystemClock().now()).to_body()
    system.work.send(message)

    assert [a_worker_dies_of_the_message(system) for _ in range(MOST_RECEIVES + 1)] == [True, True, False]
    assert bodies(system.dead_letters) == [message]
    left = system.jobs.get(job.job_id)
    assert left is not None
    assert (left.status, left.attempts, left.failures) == (JobStatus.PROCESSING, MOST_RECEIVES, 0)

    reconcile = system.reconciler()

    def ended() -> Job | None:
        reconcile()
        current = system.jobs.get(job.job_id)
        return current if current and current.status.is_final else None

    failed = wait_until(ended, timeout_seconds=30)
    assert failed is not None
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert failed.error.code == Fault.GAVE_UP.code
    told = [NoticeMessage.from_body(body) for body in bodies(system.notices)]
    assert {(notice.job_id, notice.kind) for notice in told} == {(job.job_id, NoticeKind.FAILED)}
