"""A job is asked for in the queue of its kind, whoever asks."""

from __future__ import annotations

import pytest

from shared.domain.jobs import JobType
from shared.domain.messages import JobMessage
from shared.domain.work_queues import WorkQueue
from shared.testing.builders import make_job
from shared.testing.clock import FakeClock
from shared.testing.queue import InMemoryQueue
from shared.worker.job_queues import JobQueues

TOOLBOX = sorted(set(JobType) - {JobType.TRANSCRIPTION})


class Senders:
    """One queue of each kind, and what was sent to each."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._queues = {name: InMemoryQueue(self.clock) for name in WorkQueue}
        self.asks = JobQueues(self._queues, self.clock)

    def sent(self) -> dict[WorkQueue, list[JobMessage]]:
        return {
            name: [JobMessage.from_body(body) for body in queue.bodies]
            for name, queue in self._queues.items()
            if queue.bodies
        }


@pytest.fixture
def senders() -> Senders:
    return Senders()


def test_a_transcription_waits_for_a_transcriber(senders: Senders) -> None:
    job = make_job()
    senders.asks.ask(job)
    assert senders.sent() == {
        WorkQueue.TRANSCRIPTION: [JobMessage(job_id=job.job_id, sent_at=senders.clock.now())]
    }


@pytest.mark.parametrize("job_type", TOOLBOX)
def test_every_job_of_the_audio_toolbox_waits_for_a_converter(senders: Senders, job_type: JobType) -> None:
    job = make_job(type=job_type)
    senders.asks.ask(job)
    assert [message.job_id for message in senders.sent()[WorkQueue.CONVERSION]] == [job.job_id]
    assert len(senders.sent()) == 1


def test_a_chunk_goes_the_same_way_as_its_job(senders: Senders) -> None:
    job = make_job()
    senders.asks.ask(job)
    senders.asks.ask(job, chunk=3)
    assert [message.chunk for message in senders.sent()[WorkQueue.TRANSCRIPTION]] == [None, 3]
