"""A working process is protected from scale-in, an idle one is not, and short jobs cost no calls."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from shared.aws.ecs_agent import EcsTaskProtection, protection_of_task
from shared.domain.errors import TransientError
from shared.ports.scale_in_protection import NoProtection
from shared.testing.waiting import wait_until
from shared.worker.protection import PROTECTED_SECONDS, ProtectionKeeper


class RecordingProtection:
    def __init__(self) -> None:
        self.said: list[int] = []

    def protect(self, *, seconds: int) -> None:
        self.said.append(seconds)

    def release(self) -> None:
        self.said.append(0)


def test_work_is_protected_and_idleness_is_not() -> None:
    protection = RecordingProtection()
    keeper = ProtectionKeeper(protection, linger_seconds=0)
    keeper.set_busy(True)
    wait_until(lambda: protection.said == [PROTECTED_SECONDS])
    keeper.set_busy(False)
    wait_until(lambda: protection.said == [PROTECTED_SECONDS, 0])
    keeper.end()


def test_a_pause_between_two_jobs_is_not_worth_a_release() -> None:
    protection = RecordingProtection()
    keeper = ProtectionKeeper(protection, linger_seconds=30)
    keeper.set_busy(True)
    wait_until(lambda: protection.said == [PROTECTED_SECONDS])
    for busy in (False, True, False, True):
        keeper.set_busy(busy)
    keeper.end()
    keeper.join()
    assert set(protection.said) == {PROTECTED_SECONDS}
    assert len(protection.said) <= 3


def test_nothing_is_said_after_the_end() -> None:
    protection = RecordingProtection()
    keeper = ProtectionKeeper(protection, linger_seconds=0)
    keeper.set_busy(True)
    wait_until(lambda: protection.said == [PROTECTED_SECONDS])
    keeper.end()
    keeper.join()
    assert protection.said == [PROTECTED_SECONDS]


def test_an_agent_that_does_not_answer_stops_nothing() -> None:
    class Refusing(RecordingProtection):
        def protect(self, *, seconds: int) -> None:
            super().protect(seconds=seconds)
            raise TransientError("429")

    protection = Refusing()
    keeper = ProtectionKeeper(protection, linger_seconds=0)
    keeper.set_busy(True)
    wait_until(lambda: protection.said == [PROTECTED_SECONDS])
    keeper.set_busy(False)
    wait_until(lambda: 0 in protection.said)
    keeper.end()


@pytest.fixture
def agent() -> Iterator[tuple[str, list[tuple[str, dict[str, object]]]]]:
    """The ECS agent's endpoint, as far as its documentation shows it."""
    received: list[tuple[str, dict[str, object]]] = []

    class Agent(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, body))
            self.send_response(200 if body["ProtectionEnabled"] else 400)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quietly."""

    with HTTPServer(("127.0.0.1", 0), Agent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/abc", received
        server.shutdown()
        thread.join()


def test_the_agent_is_asked_in_whole_minutes(agent: tuple[str, list[tuple[str, dict[str, object]]]]) -> None:
    uri, received = agent
    EcsTaskProtection(uri).protect(seconds=61)
    assert received == [
        ("/api/abc/task-protection/v1/state", {"ProtectionEnabled": True, "ExpiresInMinutes": 2})
    ]


def test_an_agent_that_refuses_is_a_passing_fault(
    agent: tuple[str, list[tuple[str, dict[str, object]]]],
) -> None:
    with pytest.raises(TransientError):
        EcsTaskProtection(agent[0]).release()


def test_outside_ecs_nobody_is_told() -> None:
    assert isinstance(protection_of_task({}), NoProtection)
    assert isinstance(protection_of_task({"ECS_AGENT_URI": "http://agent"}), EcsTaskProtection)
