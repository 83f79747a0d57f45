"""Live progress through a real server that holds the sockets: both doors, upgrade, refusal, slow readers."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from services.api_lambda.app import create_app
from services.api_lambda.held_sockets import ENDED, MOST_WAITING
from services.api_lambda.management import MOST_BYTES, ManagementDoor
from services.api_lambda.routes.live import GOING_AWAY
from services.api_lambda.server import serve
from shared.aws.clients import make_sockets_client
from shared.aws.sockets import ApiGatewaySockets
from shared.domain.errors import TransientError
from shared.ports.sockets import SocketGone
from shared.testing.waiting import wait_until
from tests.support.api_world import World
from tests.support.live_stage import KEY, OTHER_KEY, LiveStage

pytestmark = pytest.mark.heavy

MAX_FRAME_BYTES = 1000


class Server:
    """The API under uvicorn with a management port, over the stores of a stage."""

    def __init__(self) -> None:
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.port, self.management_port = (listener.getsockname()[1] for listener in listeners)
        self.sockets = ApiGatewaySockets(make_sockets_client(f"http://127.0.0.1:{self.management_port}"))
        self.stage = LiveStage(sockets=self.sockets)
        world = World(
            clock=self.stage.clock, jobs=self.stage.jobs, keys=self.stage.keys, users=self.stage.users
        )
        app = create_app(replace(world.dependencies(), live=self.stage.protocol))
        self.held = app.state.held_sockets
        door = ManagementDoor(app, self.held, self.management_port)
        self.server = uvicorn.Server(uvicorn.Config(door, log_config=None, ws_max_size=MAX_FRAME_BYTES))
        self.thread = threading.Thread(target=serve, args=(self.server, app, listeners))
        self.thread.start()
        wait_until(lambda: self.server.started)

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    def client(self, key: str = KEY, **options):
        url = f"ws://127.0.0.1:{self.port}/v1/live"
        return connect(url, additional_headers={"X-API-Key": key}, proxy=None, **options)

    @contextmanager
    def idle_client(self):
        """A client that opens a WebSocket and reads nothing from it, not even the answer."""
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.sendall(
                b"GET /v1/live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                b"X-API-Key: " + KEY.encode() + b"\r\n\r\n"
            )
            yield

    def push_until_gone(self, connection_id: str, text: str, *, most: int) -> int:
        for pushed in range(most):
            try:
                self.sockets.send(connection_id, text)
            except SocketGone:
                return pushed
        raise AssertionError(f"{most} messages were taken for a reader that takes none")

    def connection_ids(self) -> list[str]:
        return list(self.stage.connections._connections)

    def manage(self, method: str, path: str, port: int | None = None, **options) -> httpx.Response:
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test"}
        url = f"http://127.0.0.1:{port or self.management_port}{path}"
        return httpx.request(method, url, trust_env=False, **{"headers": headers, **options})


@pytest.fixture
def server(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = Server()
    yield server
    server.end()


def subscribe(client, job, action="subscribe"):
    client.send(json.dumps({"action": action, "jobId": job.job_id}))


def hear(client):
    return json.loads(client.recv(5))


def closed_with(client) -> int:
    """The close code, once everything before it was heard."""
    try:
        while True:
            client.recv(5)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_a_subscriber_hears_state_change_and_end_and_a_stranger_nothing(server):
    stage = server.stage
    job = stage.given_processing()

    with server.client() as client, server.client(OTHER_KEY) as stranger:
        subscribe(client, job)
        assert [hear(client).get("type") for _ in range(2)] == [None, "progress"]
        subscribe(stranger, job)
        assert hear(stranger)["code"] == "not-found"
        wait_until(lambda: stage.jobs.get(job.job_id).watchers)
        stage.report(job, 40)
        stage.tell_news()
        assert hear(client)["progress"] == 40
        stage.tell_end(stage.complete(job))
        assert hear(client)["type"] == "completed"
        client.send(b"\x00\x01")
        assert hear(client)["code"] == "malformed-json"
    wait_until(lambda: not server.connection_ids())


def test_who_does_not_sign_in_gets_the_answer_of_any_route(server):
    with pytest.raises(InvalidStatus) as refused:
        server.client("unknown")

    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["code"] == "invalid-credentials"
    assert server.connection_ids() == []


def test_a_browsers_protocol_is_answered(server):
    stage = server.stage
    with server.client(subprotocols=["escriba.v1", "bearer.x"]) as client:
        assert client.subprotocol == "escriba.v1"
    wait_until(lambda: not stage.connections.get_many(server.connection_ids()))


def test_a_message_that_is_too_long_ends_the_connection_and_its_record(server):
    with server.client() as client:
        client.send("x" * (MAX_FRAME_BYTES + 1))
        assert closed_with(client) == 1009
    wait_until(lambda: not server.connection_ids())


def test_a_revoked_key_closes_the_socket_with_the_next_push(server):
    stage = server.stage
    job = stage.given_processing()
    with server.client() as client:
        subscribe(client, job)
        wait_until(lambda: stage.jobs.get(job.job_id).watchers)
        (key,) = stage.keys.list("user-1")
        stage.keys.revoke("user-1", key.key_id)
        stage.report(job, 40)
        stage.tell_news()
        assert closed_with(client) == ENDED


def test_a_reader_that_takes_nothing_holds_up_nobody_and_is_given_up(server):
    job = server.stage.given_processing()
    with server.client() as reader, server.idle_client():
        subscribe(reader, job)
        wait_until(lambda: server.stage.jobs.get(job.job_id).watchers and len(server.connection_ids()) == 2)
        (reader_id,) = server.stage.jobs.get(job.job_id).watchers
        (idle_id,) = set(server.connection_ids()) - {reader_id}

        pushed = server.push_until_gone(idle_id, "x" * 100_000, most=20 * MOST_WAITING)

        assert pushed >= MOST_WAITING
        server.sockets.send(reader_id, '{"still": "heard"}')
        while "still" not in hear(reader):
            pass
        wait_until(lambda: server.connection_ids() == [reader_id])


def test_the_server_ends_although_somebody_watches(server):
    job = server.stage.given_job()
    url = f"http://127.0.0.1:{server.port}/v1/jobs/{job.job_id}/events"

    with (
        server.client() as client,
        httpx.stream("GET", url, headers={"X-API-Key": KEY}, trust_env=False) as stream,
    ):
        subscribe(client, job)
        hear(client)
        lines = stream.iter_lines()
        next(lines)
        server.end()
        for _ in lines:
            pass

    assert not server.thread.is_alive()
    assert server.connection_ids() == []


class TestTheManagementDoor:
    def test_nobody_holds_an_unknown_connection(self, server):
        assert server.manage("POST", "/@connections/unknown", content=b"x").status_code == 410
        assert server.manage("DELETE", "/@connections/unknown").status_code == 410
        with pytest.raises(SocketGone):
            server.sockets.send("unknown", "x")
        server.sockets.close("unknown")

    def test_it_is_no_way_to_the_api_and_the_api_none_to_it(self, server):
        assert server.manage("GET", "/v1/health").status_code == 404
        assert server.manage("POST", "/@connections/a/b").status_code == 404
        assert server.manage("GET", "/@connections/x").status_code == 404
        assert server.manage("POST", "/@connections/x", server.port).status_code == 404
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{server.management_port}/v1/live", proxy=None)

    def test_a_web_page_can_not_use_it(self, server):
        assert server.manage("POST", "/@connections/x", headers={}).status_code == 403

    def test_it_takes_no_more_than_api_gateway(self, server):
        with server.client():
            (connection_id,) = wait_until(server.connection_ids)
            server.sockets.send(connection_id, "x" * MOST_BYTES)
            with pytest.raises(TransientError, match="PayloadTooLarge"):
                server.sockets.send(connection_id, "x" * (MOST_BYTES + 1))


def test_a_connection_ends_with_its_time(server, monkeypatch):
    monkeypatch.setattr("services.api_lambda.routes.live.LONGEST", timedelta(seconds=0.05))
    with server.client() as client:
        assert closed_with(client) == GOING_AWAY


def test_a_server_without_a_management_port_opens_no_sockets(server):
    app = create_app(World().dependencies())
    listener = socket.create_server(("127.0.0.1", 0))
    plain = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=serve, args=(plain, app, [listener]))
    thread.start()
    wait_until(lambda: plain.started)
    try:
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/v1/live", proxy=None)
    finally:
        plain.should_exit = True
        thread.join(10)
    assert refused.value.response.status_code == 501
