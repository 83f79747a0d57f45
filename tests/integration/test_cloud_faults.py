"""The cloud throttles, fails, hangs and breaks off: calls are repeated, and the loop recovers by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from local.emulator import Emulator
from local.provision import Plan, create_bucket, create_queue, create_table
from shared.aws.clients import Connection, make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.mailer import SesMailer
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue
from shared.domain.email import Email
from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus, Timings
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.ports.clock import SystemClock
from shared.ports.job_store import HeldLease
from shared.ports.queue import Delivery
from shared.ports.scale_in_protection import NoProtection
from shared.settings import WorkerSettings
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START
from shared.testing.metrics import RecordingMetrics
from shared.testing.waiting import wait_until
from shared.worker.fate import Done, Fate, Hold, MessageHandler
from shared.worker.job_delivery import JobDelivery
from shared.worker.loop import Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop
from shared.worker.work import FinishedWork, JobHandler, Progress
from tests.support.faulty_proxy import Fault, FaultyProxy

pytestmark = pytest.mark.emulator

EMAIL = Email(to="owner@example.com", subject="s", text="t", html="h")
SETTINGS = WorkerSettings(
    job_table_name="jobs", visibility_seconds=30, heartbeat_seconds=10, receive_wait_seconds=1
)


class Cloud:
    """The adapters over the proxy, and their resources, made past it."""

    def __init__(self, proxy: FaultyProxy, straight: Connection) -> None:
        self.proxy = proxy
        connection = replace(straight, endpoint_url=proxy.url)
        table_name, bucket_name = f"jobs-{new_id()}", f"bucket-{new_id().lower()}"
        create_table(make_client("dynamodb", straight), table_name)
        create_bucket(make_client("s3", straight), bucket_name, straight.region)
        self._sqs = make_client("sqs", straight)
        self._sqs_by_proxy = make_client("sqs", connection)
        tables = make_client("dynamodb", connection)
        self.jobs = DynamoJobStore(tables, table_name)
        self.notice_log = DynamoNoticeLog(tables, table_name)
        self.objects = S3ObjectStore(make_client("s3", connection), bucket_name)
        self.mailer = SesMailer(make_client("ses", connection), "escriba@example.com")
        self.queue = self.new_queue()

    def new_queue(self) -> SqsQueue:
        urls = create_queue(self._sqs, f"queue-{new_id()}", Plan())
        # The proxy forwards by path alone: the URL may keep naming the emulator.
        return SqsQueue(self._sqs_by_proxy, urls.url, urls.dead_letter_url)

    def given_queued_job(self) -> Job:
        job = make_job(status=JobStatus.QUEUED)
        self.jobs.create(job)
        return job

    def given_claimed_job(self) -> tuple[Job, HeldLease]:
        job = self.given_queued_job()
        claimed = self.jobs.claim(job.job_id, owner="w", now=START, lease_seconds=60)
        return claimed, HeldLease(job_id=job.job_id, owner="w", attempt=claimed.attempts)

    def complete(self, job: Job, lease: HeldLease) -> Job:
        return self.jobs.complete(
            lease, now=START, result=make_result(), outputs=make_outputs(job), timings=Timings()
        )


@pytest.fixture(scope="module")
def shared_cloud(emulator: Emulator) -> Iterator[Cloud]:
    with FaultyProxy(emulator.endpoint_url) as proxy:
        yield Cloud(proxy, emulator.connection)


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    yield shared_cloud
    shared_cloud.proxy.heal()


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.UNAVAILABLE, Fault.RESET, Fault.LOST_ANSWER])
def test_a_call_that_fails_once_is_repeated_by_its_client(cloud: Cloud, fault: Fault) -> None:
    job = cloud.given_queued_job()
    key = new_id()

    def after_a_fault(call: Callable[[], object]) -> object:
        cloud.proxy.fail(fault)
        answer = call()
        assert cloud.proxy.healed
        return answer

    assert after_a_fault(lambda: cloud.jobs.get(job.job_id)) == job
    after_a_fault(lambda: cloud.objects.write(key, b"text", content_type="text/plain"))
    assert after_a_fault(lambda: cloud.objects.read_range(key, 1, 2)) == b"ex"
    queue = cloud.new_queue()
    after_a_fault(lambda: queue.send("hello"))
    after_a_fault(lambda: queue.receive(max_messages=1, wait_seconds=0, visibility_seconds=5))


def test_a_throttled_table_is_asked_again(cloud: Cloud) -> None:
    job = cloud.given_queued_job()
    cloud.proxy.fail(Fault.THROTTLED)
    assert cloud.jobs.get(job.job_id) == job


def test_a_table_that_does_not_answer_is_asked_again_after_its_time_out(cloud: Cloud) -> None:
    job = cloud.given_queued_job()
    cloud.proxy.fail(Fault.SILENCE)
    assert cloud.jobs.get(job.job_id) == job


def test_what_fails_for_longer_is_transient(cloud: Cloud) -> None:
    cloud.proxy.fail(*[Fault.ERROR] * 1000)
    calls: list[Callable[[], object]] = [
        lambda: cloud.jobs.get(new_id()),
        lambda: cloud.queue.send("hello"),
        lambda: cloud.objects.stat("key"),
        lambda: cloud.mailer.send(EMAIL),
    ]
    with ThreadPoolExecutor(len(calls)) as pool:
        errors = [call.exception() for call in [pool.submit(call) for call in calls]]
    assert [type(error) for error in errors] == [TransientError] * len(calls)


def test_a_mail_is_never_sent_again_by_the_client_itself(cloud: Cloud) -> None:
    before = cloud.proxy.requests
    cloud.proxy.fail(Fault.LOST_ANSWER)
    with pytest.raises(TransientError):
        cloud.mailer.send(EMAIL)
    assert cloud.proxy.requests == before + 1


class TestWritesWhoseAnswerGotLost:
    """They were carried out, and the client sends them again."""

    def test_a_job_is_created_once(self, cloud: Cloud) -> None:
        job = make_job()
        cloud.proxy.fail(Fault.LOST_ANSWER)
        cloud.jobs.create(job)
        assert cloud.jobs.get(job.job_id) == job

    def test_a_completed_job_stays_completed_and_its_message_is_dropped_as_a_copy(self, cloud: Cloud) -> None:
        job = cloud.given_queued_job()

        def work(job: Job, _progress: Progress) -> FinishedWork:
            # The next two calls: the notice, and COMPLETED, whose answer gets lost.
            cloud.proxy.fail(Fault.RESET, Fault.LOST_ANSWER)
            return FinishedWork(result=make_result(), outputs=make_outputs(job), timings=Timings())

        deliver = job_delivery(cloud, cloud.new_queue(), work)
        first = deliver(delivery_of(job), IdleHold())
        assert cloud.jobs.get(job.job_id).status is JobStatus.COMPLETED
        assert first == Done() or deliver(delivery_of(job), IdleHold()) == Done()

    def test_a_claim_of_a_notice_is_granted_to_the_same_sender(self, cloud: Cloud) -> None:
        cloud.proxy.fail(Fault.LOST_ANSWER)
        cloud.notice_log.claim(new_id(), "email", owner=new_id(), now=START, lease_seconds=60)


def test_the_loop_recovers_by_itself_when_its_queue_was_away(cloud: Cloud) -> None:
    handled = threading.Event()

    def handle(_delivery: Delivery, _hold: Hold) -> Fate:
        handled.set()
        return Done()

    queue = cloud.new_queue()
    queue.send("hello")
    cloud.proxy.fail(*[Fault.RESET, Fault.ERROR, Fault.UNAVAILABLE] * 2)
    with running_worker(queue, handle):
        wait_until(handled.is_set, timeout_seconds=60)
        assert cloud.proxy.healed


def test_a_job_gets_through_a_cloud_in_which_every_third_call_fails(cloud: Cloud) -> None:
    job = cloud.given_queued_job()
    queue, notices = cloud.new_queue(), cloud.new_queue()
    queue.send(JobMessage(job_id=job.job_id, sent_at=SystemClock().now()).to_body())

    def work(job: Job, _progress: Progress) -> FinishedWork:
        for output in make_outputs(job):
            cloud.objects.write(output.key, b"text", content_type=output.content_type)
        return FinishedWork(result=make_result(), outputs=make_outputs(job), timings=Timings())

    cloud.proxy.fail_every(3, Fault.RESET, Fault.ERROR, Fault.LOST_ANSWER)
    with running_worker(queue, job_delivery(cloud, notices, work)):
        wait_until(lambda: cloud.jobs.get(job.job_id).status.is_final, timeout_seconds=90)
    cloud.proxy.heal()
    assert cloud.jobs.get(job.job_id).status is JobStatus.COMPLETED
    sent = notices.receive(max_messages=10, wait_seconds=1, visibility_seconds=5)
    assert {NoticeMessage.from_body(notice.body).kind for notice in sent} == {NoticeKind.COMPLETED}


class IdleHold:
    """A ``Hold`` that nobody beats."""

    stopping = False

    def on_beat(self, beat: Callable[[], None]) -> None:
        """Never called."""

    def on_hand_back(self, release: Callable[[], None]) -> None:
        """Never called."""


def delivery_of(job: Job) -> Delivery:
    body = JobMessage(job_id=job.job_id, sent_at=START).to_body()
    return Delivery(message_id="m", receipt="r", body=body, receive_count=1, sent_at=START)


def job_delivery(cloud: Cloud, notices: SqsQueue, work: JobHandler) -> JobDelivery:
    return JobDelivery(
        jobs=cloud.jobs,
        notices=notices,
        work=work,
        discard=lambda _user_id, _job_id: None,
        owner=new_id(),
        settings=SETTINGS,
        retry_delays_seconds=(1, 1, 1),
        clock=SystemClock(),
        metrics=RecordingMetrics(),
    )


@contextmanager
def running_worker(queue: SqsQueue, handler: MessageHandler) -> Iterator[None]:
    """A worker in this process, told to stop at the end of the block."""
    stop = Stop(drain_seconds=5, clock=SystemClock())
    worker = Worker(
        queues=[queue],
        handler=handler,
        slots=1,
        settings=SETTINGS,
        metrics=RecordingMetrics(),
        stop=stop,
        protection=ProtectionKeeper(NoProtection()),
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        stop.request()
        thread.join()
