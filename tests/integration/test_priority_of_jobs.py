"""A worker process with a backlog in front of it: jobs of priority overtake, the others still go on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

import pytest

from local.emulator import Emulator
from local.environment import base_environment
from local.provision import Plan, provision
from shared.aws.clients import make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue
from shared.domain.jobs import Job, JobStatus
from shared.domain.work_queues import WorkQueue
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.waiting import wait_until
from shared.worker.job_queues import JobQueues
from shared.worker.receiving import MOST_PASSED_OVER
from tests.support.sound import encode, sine
from tests.support.worker_process import worker_process

pytestmark = [pytest.mark.emulator, pytest.mark.heavy]

BACKLOG = 40
OF_PRIORITY = 15


class System:
    """The table, the audio bucket and both queues of transcriptions on the emulator."""

    def __init__(self, emulator: Emulator) -> None:
        resources = provision(emulator.connection, Plan(prefix="priority"))
        sqs = make_client("sqs", emulator.connection)
        self._jobs = DynamoJobStore(make_client("dynamodb", emulator.connection), resources.job_table_name)
        self._audio = S3ObjectStore(make_client("s3", emulator.connection), resources.audio_bucket_name)
        self._queues = {
            WorkQueue.TRANSCRIPTION: SqsQueue(
                sqs, resources.transcription.url, resources.transcription.dead_letter_url
            ),
            WorkQueue.TRANSCRIPTION_PRIORITY: SqsQueue(
                sqs, resources.transcription_priority.url, resources.transcription_priority.dead_letter_url
            ),
        }
        self._asks = JobQueues(self._queues, SystemClock())
        self._media = encode(sine(1))
        self._environment = {
            **base_environment(),
            **emulator.environment(),
            **resources.environment(),
            "MODEL": "fake",
            "JOBS_AT_ONCE": "1",
            "RECEIVE_WAIT_SECONDS": "1",
            "DRAIN_SECONDS": "5",
        }

    def queued(self, count: int, *, priority: bool) -> list[str]:
        """So many jobs, each with its message."""
        return [self._queued(priority=priority).job_id for _ in range(count)]

    def _queued(self, *, priority: bool) -> Job:
        now = SystemClock().now()
        job = make_job(
            status=JobStatus.QUEUED, priority=priority, created_at=now, updated_at=now, queued_at=now
        )
        self._audio.write(job.file.key, self._media, content_type="audio/wav")
        self._jobs.create(job)
        self._asks.ask(job)
        return job

    def ended(self, job_ids: list[str]) -> list[Job]:
        """Those that have ended."""
        jobs = [self._jobs.get(job_id) for job_id in job_ids]
        return [job for job in jobs if job is not None and job.status.is_final]

    def messages_left(self) -> list[str]:
        return [
            delivery.body
            for queue in self._queues.values()
            for delivery in queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=1)
        ]

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return worker_process("services.transcriber", self._environment)


@contextmanager
def standing_still(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process does nothing inside the block: what is sent there waits for it all at once."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _start_of(job: Job) -> datetime:
    assert job.started_at is not None
    return job.started_at


def test_jobs_of_priority_overtake_a_backlog_which_goes_on_all_the_same(emulator: Emulator) -> None:
    system = System(emulator)
    ordinary = system.queued(BACKLOG, priority=False)

    with system.worker() as process:
        wait_until(lambda: system.ended(ordinary), timeout_seconds=60)
        with standing_still(process):
            urgent = system.queued(OF_PRIORITY, priority=True)
        wait_until(lambda: len(system.ended(ordinary + urgent)) == BACKLOG + OF_PRIORITY, timeout_seconds=120)

    jobs = system.ended(ordinary + urgent)
    assert {job.status for job in jobs} == {JobStatus.COMPLETED}
    assert {job.attempts for job in jobs} == {1}
    order = [job.priority for job in sorted(jobs, key=_start_of)]
    first, last = order.index(True), len(order) - order[::-1].index(True)
    assert order[last:], "the backlog was still there when the last job of priority began"
    assert order[first:last].count(False) == (OF_PRIORITY - 1) // MOST_PASSED_OVER
    assert system.messages_left() == []
