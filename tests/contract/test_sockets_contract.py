"""Open WebSockets: the fake, and the adapter against the management API that the API's own process offers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from services.api_lambda.held_sockets import HeldSockets
from services.api_lambda.management import ManagementDoor
from shared.aws.clients import make_sockets_client
from shared.aws.sockets import ApiGatewaySockets
from shared.ports.sockets import SocketGone, Sockets
from shared.testing.sockets import RecordingSockets
from shared.testing.waiting import wait_until

OPEN = ("first", "L0SM9cOFvHcCIhw=")


@dataclass
class SocketsUnderTest:
    """Sockets of which those in ``OPEN`` are open, and what was said over each."""

    sockets: Sockets
    texts_of: Callable[[str], list[str]]
    end: Callable[[str], None]


class HeldForTest(HeldSockets):
    """What a process would hold, without a network before it."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {connection_id: [] for connection_id in OPEN}
        self.gone: set[str] = set()

    def send(self, connection_id: str, text: str) -> bool:
        if connection_id not in self.texts or connection_id in self.gone:
            return False
        self.texts[connection_id].append(text)
        return True

    def close(self, connection_id: str) -> bool:
        is_open = connection_id in self.texts and connection_id not in self.gone
        self.gone.add(connection_id)
        return is_open


def in_memory() -> Iterator[SocketsUnderTest]:
    fake = RecordingSockets()
    yield SocketsUnderTest(fake, lambda one: fake.texts[one], fake.gone.add)


def behind_a_management_api() -> Iterator[SocketsUnderTest]:
    held = HeldForTest()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    async def no_api(_scope, _receive, _send):
        raise AssertionError("what came by the management port went further")

    config = uvicorn.Config(ManagementDoor(no_api, held, port), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_until(lambda: server.started)
    client = make_sockets_client(f"http://127.0.0.1:{port}")
    yield SocketsUnderTest(ApiGatewaySockets(client), lambda one: held.texts[one], held.gone.add)
    server.should_exit = True
    thread.join(10)


@pytest.fixture(params=[in_memory, behind_a_management_api])
def under_test(request, monkeypatch) -> Iterator[SocketsUnderTest]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield from request.param()


@pytest.mark.parametrize("connection_id", OPEN)
def test_what_is_sent_is_said_whole_and_in_order(under_test, connection_id):
    for text in ('{"a": "é🎧"}', "x" * 100_000):
        under_test.sockets.send(connection_id, text)

    assert under_test.texts_of(connection_id) == ['{"a": "é🎧"}', "x" * 100_000]


def test_who_is_gone_can_not_be_told(under_test):
    under_test.end("first")

    with pytest.raises(SocketGone):
        under_test.sockets.send("first", "text")


def test_what_is_closed_is_gone_and_may_be_closed_again(under_test):
    for _ in range(2):
        under_test.sockets.close("first")

    with pytest.raises(SocketGone):
        under_test.sockets.send("first", "text")
    under_test.sockets.send(OPEN[1], "still there")
