"""Events beside webhooks: a rule of somebody else's on the bus hands them to a queue, one for each ending."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from local.emulator import SERVICES, Emulator
from local.environment import base_environment
from local.provision import Plan, provision
from shared.aws.clients import make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.queue import SqsQueue
from shared.aws.user_directory import DynamoUserDirectory
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobError, JobStatus
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job, make_outputs, make_result, make_user
from shared.testing.waiting import wait_until
from tests.support.worker_process import worker_process

pytestmark = pytest.mark.emulator

BUS = "escriba-events"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One with EventBridge, which no other test needs."""
    log = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with Emulator(log, services=f"{SERVICES},events") as running:
        yield running


class System:
    """The table, the notices and a bus whose rule leads to a queue."""

    def __init__(self, emulator: Emulator) -> None:
        resources = provision(emulator.connection, Plan(prefix="events"))
        self._sqs = make_client("sqs", emulator.connection)
        tables = make_client("dynamodb", emulator.connection)
        self._jobs = DynamoJobStore(tables, resources.job_table_name)
        self._notices = SqsQueue(self._sqs, resources.notification.url, resources.notification.url)
        DynamoUserDirectory(tables, resources.job_table_name).put(make_user(email=None))
        self._heard = self._rule(make_client("events", emulator.connection))
        self._environment = {
            **base_environment(),
            **emulator.environment(),
            **resources.environment(),
            "EVENT_BUS_NAME": BUS,
            "LINK_SIGNING_KEY": "k" * 32,
            "PUBLIC_API_URL": "http://127.0.0.1",
            "RECEIVE_WAIT_SECONDS": "1",
            "DRAIN_SECONDS": "2",
        }

    def _rule(self, events: Any) -> str:
        """As the owner of another system writes it; the queue that it leads to."""
        url: str = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        events.create_event_bus(Name=BUS)
        pattern = {"source": ["escriba"], "detail-type": ["job.completed", "job.failed"]}
        events.put_rule(Name="endings", EventBusName=BUS, EventPattern=json.dumps(pattern))
        targets = [{"Id": "queue", "Arn": attributes["QueueArn"]}]
        events.put_targets(Rule="endings", EventBusName=BUS, Targets=targets)
        return url

    def given_ended(self, status: JobStatus) -> Job:
        job = make_job(status=status)
        changes: dict[str, Any] = {"error": JobError.of(Fault.EMPTY_FILE)}
        if status is JobStatus.COMPLETED:
            changes = {"result": make_result(), "outputs": make_outputs(job)}
        job = job.model_copy(update=changes)
        self._jobs.create(job)
        return job

    def tell(self, job: Job) -> None:
        kind = NoticeKind(job.status.value)
        notice = NoticeMessage(job_id=job.job_id, kind=kind, sent_at=SystemClock().now())
        self._notices.send(notice.to_body())

    def heard(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._heard, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def notifier(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return worker_process("services.notifier", self._environment)


def test_each_ending_is_one_event_however_often_its_notice_comes(emulator: Emulator) -> None:
    system = System(emulator)
    completed, failed = system.given_ended(JobStatus.COMPLETED), system.given_ended(JobStatus.FAILED)
    events: list[dict[str, Any]] = []

    def hear() -> bool:
        events.extend(system.heard())
        return {event["detail"]["data"]["jobId"] for event in events} == {completed.job_id, failed.job_id}

    for _ in range(3):
        system.tell(completed)
    with system.notifier():
        wait_until(lambda: events or events.extend(system.heard()) or events, timeout_seconds=30)
        system.tell(failed)
        wait_until(hear, timeout_seconds=30)
    assert [(event["source"], event["detail-type"]) for event in events] == [
        ("escriba", "job.completed"),
        ("escriba", "job.failed"),
    ]
    assert events[0]["detail"]["data"]["language"] == completed.result.language
    assert events[1]["detail"]["data"]["error"]["code"] == "empty-file"
