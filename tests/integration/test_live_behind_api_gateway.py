"""Live progress where a WebSocket API holds the sockets: real events to the real function, real pushes.

The emulator runs API Gateway's WebSocket API, the function as a zip, and the management API that the
notifier's own channel pushes through.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from local.emulator import Emulator
from local.provision import Plan, create_bucket, create_queue, create_table
from services.notifier.bootstrap import make_live_channel
from services.notifier.settings import NotifierSettings
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import make_client
from shared.aws.connection_store import DynamoConnectionStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.queue import SqsQueue
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus, Timings
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.ports.clock import SystemClock
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_api_key, make_job, make_outputs, make_result
from shared.testing.waiting import wait_until
from shared.worker.fate import Done
from shared.worker.live_news import LiveNews
from tools.package import files_of_code, write_package

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]

KEY = "escriba_a-key-of-user-1"
STAGE = "live"
ROLE = "arn:aws:iam::000000000000:role/function"


class Gateway:
    """A WebSocket API before the function, and the notifier's part of live progress."""

    def __init__(self, emulator: Emulator, package: Path) -> None:
        self.clock = SystemClock()
        self.connection = emulator.connection
        tables, queues = make_client("dynamodb", self.connection), make_client("sqs", self.connection)
        self.table_name, bucket_name = f"jobs-{new_id()}", f"bucket-{new_id().lower()}"
        create_table(tables, self.table_name)
        create_bucket(make_client("s3", self.connection), bucket_name, self.connection.region)
        urls = create_queue(queues, f"queue-{new_id()}", Plan())
        self.notices = SqsQueue(queues, urls.url, urls.dead_letter_url)
        self.jobs = DynamoJobStore(tables, self.table_name, on_write=LiveNews(self.notices, self.clock))
        self.connections = DynamoConnectionStore(tables, self.table_name)
        self.keys = DynamoApiKeyStore(tables, self.table_name)
        self.keys.add(make_api_key(KEY, user_id="user-1"))
        api_id = self._create_api()
        path = f"/_aws/execute-api/{api_id}/{STAGE}"
        self.url = emulator.endpoint_url.replace("http://", "ws://") + path
        management_url = emulator.endpoint_url + path
        self._create_function(package, bucket_name, management_url)
        settings = NotifierSettings(
            job_table_name=self.table_name,
            notification_queue_url=urls.url,
            notification_dead_letter_queue_url=urls.dead_letter_url,
            conversion_queue_url=urls.url,
            conversion_priority_queue_url=urls.url,
            link_signing_key="k" * 32,
            public_api_url="https://api.example.com",
            mail_from="escriba@example.com",
            live_management_url=management_url,
            transcript_bucket_name=bucket_name,
        )
        log = DynamoNoticeLog(tables, self.table_name)
        channel = make_live_channel(settings, self.jobs, tables, log, self.clock)
        assert channel is not None
        self.channel = channel

    def _client(self, name: str) -> Any:
        session = boto3.Session(
            aws_access_key_id=self.connection.access_key_id,
            aws_secret_access_key=self.connection.secret_access_key,
            region_name=self.connection.region,
        )
        config = Config(proxies={})
        return session.client(name, endpoint_url=self.connection.endpoint_url, config=config)

    def _create_api(self) -> str:
        gateway = self._client("apigatewayv2")
        api_id: str = gateway.create_api(
            Name="websocket", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        region = self.connection.region
        arn = f"arn:aws:lambda:{region}:000000000000:function:websocket"
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        integration = gateway.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri
        )["IntegrationId"]
        for route in ("$connect", "$default", "$disconnect"):
            gateway.create_route(ApiId=api_id, RouteKey=route, Target=f"integrations/{integration}")
        gateway.create_stage(ApiId=api_id, StageName=STAGE, AutoDeploy=True)
        return api_id

    def _create_function(self, package: Path, bucket_name: str, management_url: str) -> None:
        self._client("lambda").create_function(
            FunctionName="websocket",
            Runtime="python3.12",
            Role=ROLE,
            Handler="services.api_lambda.handlers.websocket_handler",
            Code={"ZipFile": package.read_bytes()},
            Timeout=29,
            Environment={
                "Variables": {
                    "JOB_TABLE_NAME": self.table_name,
                    "TRANSCRIPT_BUCKET_NAME": bucket_name,
                    "LIVE_MANAGEMENT_URL": management_url,
                }
            },
        )

    def open(self, key: str = KEY) -> ClientConnection:
        return connect(self.url, additional_headers={"X-API-Key": key}, proxy=None, open_timeout=30)

    def given_processing(self) -> tuple[Job, HeldLease]:
        job = make_job(status=JobStatus.QUEUED, user_id="user-1")
        self.jobs.create(job)
        claimed = self.jobs.claim(job.job_id, owner="w", now=self.clock.now(), lease_seconds=60)
        return claimed, HeldLease(job.job_id, "w", claimed.attempts)

    def tell_news(self) -> None:
        """The notifier works the one message that is there."""
        (delivery,) = wait_until(
            lambda: self.notices.receive(max_messages=1, wait_seconds=0, visibility_seconds=30)
        )
        assert self.channel.tell_change(NoticeMessage.from_body(delivery.body)) == Done()
        self.notices.delete(delivery)

    def complete(self, job: Job, lease: HeldLease) -> None:
        done = self.jobs.complete(
            lease,
            now=self.clock.now(),
            result=make_result(),
            outputs=make_outputs(job),
            timings=Timings(),
        )
        notice = NoticeMessage(job_id=job.job_id, kind=NoticeKind.COMPLETED, sent_at=self.clock.now())
        assert self.channel.tell_end(done, notice) == Done()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """On an emulator of all services, which runs functions with its own Python: ours are its libraries."""
    folder = tmp_path_factory.mktemp("gateway")
    package = folder / "code.zip"
    write_package(files_of_code(), package)
    with (
        Emulator(folder / "emulator.log", services=None) as emulator,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setenv("AWS_ACCESS_KEY_ID", emulator.connection.access_key_id)
        patched.setenv("AWS_SECRET_ACCESS_KEY", emulator.connection.secret_access_key)
        patched.setenv("AWS_DEFAULT_REGION", emulator.connection.region)
        patched.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
        yield Gateway(emulator, package)


def ask(client: ClientConnection, job_id: str, action: str = "subscribe") -> None:
    client.send(json.dumps({"action": action, "jobId": job_id}))


def hear(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(client.recv(20))
    return message


def eventually(question: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_subscriber_hears_the_state_each_change_and_the_end(gateway: Gateway) -> None:
    job, lease = gateway.given_processing()
    with gateway.open() as client:
        ask(client, job.job_id)
        assert hear(client) == {"subscribed": True, "jobId": job.job_id}
        assert hear(client)["progress"] == 0
        eventually(lambda: gateway.jobs.get(job.job_id).watchers)
        gateway.jobs.extend(lease, now=gateway.clock.now(), lease_seconds=60, progress=42)
        gateway.tell_news()
        assert hear(client)["progress"] == 42
        gateway.complete(job, lease)
        end = hear(client)
        assert (end["type"], len(end["outputFiles"])) == ("completed", 2)
        ask(client, job.job_id)
        assert [hear(client).get("type") for _ in range(2)] == [None, "completed"]
        ask(client, new_id())
        assert hear(client)["code"] == "not-found"
        client.send("junk")
        assert hear(client)["code"] == "malformed-json"


def test_a_connection_that_ended_is_nowhere_any_more(gateway: Gateway) -> None:
    job, _ = gateway.given_processing()
    with gateway.open() as client:
        ask(client, job.job_id)
        hear(client)
        eventually(lambda: gateway.jobs.get(job.job_id).watchers)
        (connection_id,) = gateway.jobs.get(job.job_id).watchers
    eventually(lambda: gateway.connections.get(connection_id) is None)
    assert gateway.jobs.get(job.job_id).watchers == set()


def test_a_connection_that_nobody_holds_is_removed_with_the_next_push(gateway: Gateway) -> None:
    job, lease = gateway.given_processing()
    with gateway.open() as client:
        ask(client, job.job_id)
        hear(client)
        eventually(lambda: gateway.jobs.get(job.job_id).watchers)
        (real,) = gateway.jobs.get(job.job_id).watchers
        left_behind = gateway.connections.get(real).model_copy(update={"connection_id": "abc-gone="})
        gateway.connections.add(left_behind)
        gateway.connections.add_job("abc-gone=", job.job_id, most=5)
        gateway.jobs.watch(job.job_id, "abc-gone=", most=5)
        gateway.jobs.extend(lease, now=gateway.clock.now(), lease_seconds=60, progress=7)
        gateway.tell_news()
        assert gateway.jobs.get(job.job_id).watchers == {real}
        assert gateway.connections.get("abc-gone=") is None


def test_who_does_not_sign_in_gets_no_connection(gateway: Gateway) -> None:
    with pytest.raises(InvalidStatus):
        gateway.open("escriba_unknown")


def test_a_revoked_key_ends_the_connection(gateway: Gateway) -> None:
    key = make_api_key("escriba_short", user_id="user-1")
    gateway.keys.add(key)
    job, lease = gateway.given_processing()
    with gateway.open("escriba_short") as client:
        ask(client, job.job_id)
        assert [hear(client).get("type") for _ in range(2)] == [None, "progress"]
        eventually(lambda: gateway.jobs.get(job.job_id).watchers)
        gateway.keys.revoke("user-1", key.key_id)
        gateway.jobs.extend(lease, now=gateway.clock.now(), lease_seconds=60, progress=7)
        gateway.tell_news()
        with pytest.raises(ConnectionClosed):
            client.recv(20)
    assert gateway.jobs.get(job.job_id).watchers == set()
