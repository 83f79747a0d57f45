"""Live progress through a real server: upgrade, refusal, and an end that does not wait for watchers."""

import json
import socket
import threading

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from services.api_lambda.app import create_app
from services.api_lambda.bootstrap import serve
from shared.testing.waiting import wait_until
from tests.unit.services.api_lambda.conftest import API_KEY, OTHER_KEY

pytestmark = pytest.mark.heavy


@pytest.fixture
def server(world):
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(world.dependencies())
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws_max_size=1000))
    thread = threading.Thread(target=serve, args=(server, app, listener))
    thread.start()
    wait_until(lambda: server.started)
    yield server, thread, listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def watch(port, key):
    url = f"ws://127.0.0.1:{port}/v1/live"
    return connect(url, additional_headers={"X-API-Key": key}, proxy=None)


def test_a_subscriber_hears_of_the_job_and_a_stranger_gets_401(world, server):
    port = server[2]
    job = world.given_completed_job()

    with watch(port, API_KEY) as client:
        client.send(json.dumps({"action": "subscribe", "jobId": job.job_id}))
        assert [json.loads(client.recv(5)).get("type") for _ in range(2)] == [None, "completed"]
    with watch(port, OTHER_KEY) as client:
        client.send(json.dumps({"action": "subscribe", "jobId": job.job_id}))
        assert json.loads(client.recv(5))["code"] == "not-found"
    with pytest.raises(InvalidStatus) as refused:
        watch(port, "unknown")
    assert refused.value.response.status_code == 401


def test_a_message_that_is_too_long_ends_the_connection(server):
    with watch(server[2], API_KEY) as client:
        client.send("x" * 2000)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(5)
    assert closed.value.rcvd.code == 1009


def test_the_server_ends_although_somebody_watches(world, server):
    running, thread, port = server
    job = world.given_job()
    url = f"http://127.0.0.1:{port}/v1/jobs/{job.job_id}/events"

    with (
        watch(port, API_KEY) as client,
        httpx.stream("GET", url, headers={"X-API-Key": API_KEY}, trust_env=False) as stream,
    ):
        client.send(json.dumps({"action": "subscribe", "jobId": job.job_id}))
        client.recv(5)
        lines = stream.iter_lines()
        next(lines)
        running.should_exit = True
        for _ in lines:
            pass
        thread.join(10)

    assert not thread.is_alive()
