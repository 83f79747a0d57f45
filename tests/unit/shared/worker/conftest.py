"""A job queue with one worker's parts around it, all in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

import pytest

from shared.domain.jobs import Job, Timings
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.ports.queue import Delivery
from shared.settings import WorkerSettings
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import FakeClock
from shared.testing.job_store import InMemoryJobStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.queue import InMemoryQueue
from shared.worker.fate import Fate
from shared.worker.job_delivery import JobDelivery
from shared.worker.work import FinishedWork, Progress

RETRY_DELAYS_SECONDS = (5.0, 25.0, 125.0)


def settings(**changes: object) -> WorkerSettings:
    values = {
        "job_table_name": "jobs",
        "visibility_seconds": 60,
        "heartbeat_seconds": 0.01,
        "drain_seconds": 2,
    }
    return WorkerSettings.model_validate({**values, **changes})


@dataclass
class ManualHold:
    """A hold whose heart beats when a test says so."""

    beats: list[Callable[[], None]] = field(default_factory=list)
    releases: list[Callable[[], None]] = field(default_factory=list)
    stopping: bool = False

    def on_beat(self, beat: Callable[[], None]) -> None:
        self.beats.append(beat)

    def on_hand_back(self, release: Callable[[], None]) -> None:
        self.releases.append(release)

    def beat(self) -> None:
        for beat in self.beats:
            beat()


@dataclass
class Bench:
    """One job on its queue, and everything a worker needs to do it."""

    clock: FakeClock
    jobs: InMemoryJobStore
    queue: InMemoryQueue
    notices: InMemoryQueue
    metrics: RecordingMetrics
    hold: ManualHold
    job: Job
    discarded: list[tuple[str, str]] = field(default_factory=list)

    def current(self) -> Job:
        job = self.jobs.get(self.job.job_id)
        assert job is not None
        return job

    def receive(self) -> Delivery:
        [delivery] = self.queue.receive(max_messages=1, wait_seconds=0, visibility_seconds=60)
        return delivery

    def deliver(
        self,
        work: Callable[[Job, Progress], FinishedWork],
        *,
        owner: str = "worker-1",
        delivery: Delivery | None = None,
    ) -> Fate:
        handler = JobDelivery(
            jobs=self.jobs,
            notices=self.notices,
            work=work,
            discard=lambda user_id, job_id: self.discarded.append((user_id, job_id)),
            owner=owner,
            settings=settings(),
            retry_delays_seconds=RETRY_DELAYS_SECONDS,
            clock=self.clock,
            metrics=self.metrics,
        )
        return handler(delivery or self.receive(), self.hold)

    def notice_kinds(self) -> list[NoticeKind]:
        return [NoticeMessage.from_body(body).kind for body in self.notices.bodies]

    def finished(self) -> FinishedWork:
        return FinishedWork(
            result=make_result(),
            outputs=make_outputs(self.job),
            timings=Timings(decode_ms=10, inference_ms=20),
        )


def raising(error: Exception) -> Callable[[Job, Progress], NoReturn]:
    """Work that ends in an error."""

    def work(_job: Job, _progress: Progress) -> NoReturn:
        raise error

    return work


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> InMemoryQueue:
    return InMemoryQueue(clock)


@pytest.fixture
def bench() -> Bench:
    clock = FakeClock()
    jobs = InMemoryJobStore()
    job = make_job()
    jobs.create(job)
    jobs.mark_queued(job.job_id, now=clock.now())
    queue = InMemoryQueue(clock)
    queue.send(JobMessage(job_id=job.job_id, sent_at=clock.now()).to_body())
    return Bench(clock, jobs, queue, InMemoryQueue(clock), RecordingMetrics(), ManualHold(), job)
