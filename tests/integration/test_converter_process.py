"""The converter as a process of its own, on the emulator: killed, what it was doing still ends well."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from local.emulator import Emulator
from local.environment import base_environment
from local.provision import Plan, provision
from shared.aws.clients import make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue
from shared.domain.audio_operations import ConvertOptions, Operation, SplitOptions
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobStatus, JobType
from shared.domain.messages import JobMessage
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.waiting import wait_until
from tests.support.sound import encode, sine
from tests.support.worker_process import worker_process

pytestmark = [pytest.mark.emulator, pytest.mark.heavy]


class System:
    """The table, the buckets and the conversion queue on the emulator."""

    def __init__(self, emulator: Emulator, temporary: Path) -> None:
        resources = provision(emulator.connection, Plan(prefix="toolbox"))
        sqs, s3 = make_client("sqs", emulator.connection), make_client("s3", emulator.connection)
        self.jobs = DynamoJobStore(make_client("dynamodb", emulator.connection), resources.job_table_name)
        self.audio = S3ObjectStore(s3, resources.audio_bucket_name)
        self.outputs = S3ObjectStore(s3, resources.transcript_bucket_name)
        self.notices = SqsQueue(sqs, resources.notification.url, resources.notification.url)
        self._work = SqsQueue(sqs, resources.conversion.url, resources.conversion.dead_letter_url)
        self._environment = {
            **base_environment(),
            **emulator.environment(),
            **resources.environment(),
            "VISIBILITY_SECONDS": "6",
            "HEARTBEAT_SECONDS": "1",
            "RECEIVE_WAIT_SECONDS": "1",
            "DRAIN_SECONDS": "5",
            "RETRY_DELAYS_SECONDS": "1,1,1",
            "TMPDIR": str(temporary),
        }

    def submit(self, media: bytes, operation: Operation) -> Job:
        job = make_job(
            status=JobStatus.QUEUED, type=JobType[operation.operation.upper()], operation=operation
        )
        self.audio.write(job.file.key, media, content_type="audio/wav")
        self.jobs.create(job)
        self.ask_for(job)
        return job

    def ask_for(self, job: Job) -> None:
        """As the API does, and again the reconciler."""
        self._work.send(JobMessage(job_id=job.job_id, sent_at=SystemClock().now()).to_body())

    def current(self, job: Job) -> Job:
        found = self.jobs.get(job.job_id)
        assert found is not None
        return found

    def is_claimable(self, job: Job) -> bool:
        """Whether the lease of a worker that died is over, skew of clocks included."""
        lease = self.current(job).lease
        over = timedelta(seconds=CLOCK_SKEW_SECONDS + 1)
        return lease is None or lease.expires_at + over < SystemClock().now()

    def ended(self, job: Job) -> Job:
        def final() -> Job | None:
            current = self.current(job)
            return current if current.status.is_final else None

        found = wait_until(final, timeout_seconds=60)
        assert found is not None
        return found

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return worker_process("services.converter", self._environment)


@pytest.fixture
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def system(emulator: Emulator, temporary: Path) -> System:
    return System(emulator, temporary)


def test_jobs_are_done_and_what_is_wrong_fails_with_its_code(system: System, temporary: Path) -> None:
    media = encode(sine(5, channels=2))
    good = system.submit(media, ConvertOptions(format="mp3"))
    segments = [{"start": "0:00", "end": "0:04"}, {"start": "0:04", "end": "0:20"}]
    bad = system.submit(media, SplitOptions.model_validate({"segments": segments}))

    with system.worker() as process:
        done, failed = system.ended(good), system.ended(bad)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0

    assert done.status is JobStatus.COMPLETED
    [output] = done.outputs
    assert system.outputs.stat(output.key).size_bytes == output.size_bytes
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert failed.error.code == "segment-outside-audio"
    assert list(temporary.iterdir()) == []


def test_a_worker_killed_in_the_middle_leaves_no_file_and_its_job_is_done_by_the_next(
    system: System, temporary: Path
) -> None:
    job = system.submit(encode(sine(240, 48_000, 2), 48_000), ConvertOptions(format="opus"))

    with system.worker() as process:
        wait_until(lambda: system.current(job).status is JobStatus.PROCESSING, timeout_seconds=60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not system.current(job).status.is_final
    assert list(temporary.iterdir()) == []

    wait_until(lambda: system.is_claimable(job), timeout_seconds=30)
    system.ask_for(job)
    with system.worker():
        done = system.ended(job)

    assert done.status is JobStatus.COMPLETED
    assert done.attempts == 2
    assert len(done.outputs) == 1
    assert list(temporary.iterdir()) == []
