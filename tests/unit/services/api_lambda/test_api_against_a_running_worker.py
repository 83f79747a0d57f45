"""A caller ends a job while a worker is at it: the worker stops within a heartbeat and leaves nothing."""

import threading
from collections.abc import Callable, Iterator

import pytest

from services.api_lambda.job_starter import JobStarter
from shared.domain.jobs import Job, JobStatus, Timings
from shared.domain.object_keys import transcript_keys
from shared.ports.scale_in_protection import NoProtection
from shared.settings import WorkerSettings
from shared.testing.builders import make_outputs, make_result
from shared.testing.waiting import wait_until
from shared.worker.job_delivery import JobDelivery
from shared.worker.loop import Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop
from shared.worker.work import FinishedWork, Progress
from tests.support.job_queues import all_in

WORKER = WorkerSettings(
    job_table_name="jobs", visibility_seconds=60, heartbeat_seconds=0.02, receive_wait_seconds=0
)


class Labour:
    """Work without end until it is told to finish; the test sees where it stands."""

    def __init__(self, store: Callable[[Job], None]) -> None:
        self._store = store
        self.running = threading.Event()
        self.may_finish = threading.Event()
        self.ended_by: Exception | None = None

    def __call__(self, job: Job, progress: Progress) -> FinishedWork:
        self.running.set()
        try:
            while not self.may_finish.wait(0.001):
                progress.report(50)
        except Exception as error:
            self.ended_by = error
            raise
        self._store(job)
        return FinishedWork(result=make_result(), outputs=make_outputs(job), timings=Timings())


@pytest.fixture
def labour(world) -> Labour:
    def store(job: Job) -> None:
        for key in transcript_keys(job.user_id, job.job_id):
            world.transcripts.write(key, b"text", content_type="text/plain")

    return Labour(store)


@pytest.fixture
def running_job(world, labour) -> Iterator[Job]:
    """A job that a worker has begun."""

    def discard(user_id: str, job_id: str) -> None:
        for key in transcript_keys(user_id, job_id):
            world.transcripts.delete(key)

    stop = Stop(drain_seconds=5, clock=world.clock)
    delivery = JobDelivery(
        jobs=world.jobs,
        notices=world.notices,
        work=labour,
        discard=discard,
        owner="worker-1",
        settings=WORKER,
        retry_delays_seconds=(),
        clock=world.clock,
        metrics=world.metrics,
    )
    worker = Worker(
        queues=[world.queue],
        handler=delivery,
        slots=1,
        settings=WORKER,
        metrics=world.metrics,
        stop=stop,
        protection=ProtectionKeeper(NoProtection()),
    )
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    job = world.given_job()
    JobStarter(jobs=world.jobs, queues=all_in(world.queue, world.clock), clock=world.clock).start(job.job_id)
    assert labour.running.wait(10)
    yield job
    labour.may_finish.set()
    stop.request()
    thread.join(10)


def test_a_cancel_through_the_api_stops_the_worker_at_its_next_heartbeat(world, client, labour, running_job):
    answer = client.delete(f"/v1/jobs/{running_job.job_id}")

    assert answer.json()["status"] == "cancelled"
    wait_until(lambda: world.queue.bodies == [])
    assert "was cancelled" in str(labour.ended_by)
    assert world.jobs.get(running_job.job_id).status is JobStatus.CANCELLED
    assert world.notices.bodies == []


def test_a_deletion_through_the_api_stops_the_worker_and_its_message_is_no_dead_letter(
    world, client, labour, running_job
):
    assert client.delete(f"/v1/jobs/{running_job.job_id}?purge=true").status_code == 204

    wait_until(lambda: world.queue.bodies == [])
    assert labour.ended_by is not None
    assert world.queue.dead_letters == []


def test_outputs_that_a_worker_stores_after_the_deletion_do_not_stay(world, client, labour, running_job):
    world.deletion(running_job)
    labour.may_finish.set()

    wait_until(lambda: world.queue.bodies == [])
    assert world.transcripts.objects == {}
    assert world.jobs.get(running_job.job_id) is None
