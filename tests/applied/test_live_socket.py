"""The WebSocket API that Terraform made: its routes reach the function, and the function its connections."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from local.exports import API_KEY, API_URL, read_exports
from tests.applied.test_same_as_provisioned import APPLIED

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(APPLIED not in os.environ, reason="`make terraform-test` runs it on what it applied"),
]


@pytest.fixture(scope="module")
def exports() -> dict[str, str]:
    return read_exports(Path(os.environ[APPLIED]))


@pytest.fixture(scope="module")
def socket_url(exports: dict[str, str]) -> str:
    """Where the emulator serves it."""
    session = boto3.Session(
        exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"], region_name=exports["AWS_REGION"]
    )
    endpoint = exports["AWS_ENDPOINT_URL"]
    gateway: Any = session.client("apigatewayv2", endpoint_url=endpoint, config=Config(proxies={}))
    (api_id,) = [api["ApiId"] for api in gateway.get_apis()["Items"] if api["ProtocolType"] == "WEBSOCKET"]
    return f"{endpoint.replace('http://', 'ws://')}/_aws/execute-api/{api_id}/live"


def open_socket(url: str, key: str) -> ClientConnection:
    return connect(url, additional_headers={"X-API-Key": key}, proxy=None, open_timeout=30)


def test_a_subscriber_hears_how_a_job_stands(exports: dict[str, str], socket_url: str) -> None:
    created = httpx.post(
        f"{exports[API_URL]}/v1/transcriptions",
        json={"upload": {"filename": "a.wav", "contentType": "audio/wav", "size": 100}},
        headers={"X-API-Key": exports[API_KEY]},
        trust_env=False,
    ).raise_for_status()
    job_id = created.json()["jobId"]
    with open_socket(socket_url, exports[API_KEY]) as client:
        client.send(json.dumps({"action": "subscribe", "jobId": job_id}))
        answers = [json.loads(client.recv(30)) for _ in range(2)]
    assert answers[0] == {"subscribed": True, "jobId": job_id}
    assert (answers[1]["type"], answers[1]["currentStep"]) == ("progress", "pending")


def test_who_does_not_sign_in_gets_no_connection(socket_url: str) -> None:
    with pytest.raises(InvalidStatus):
        open_socket(socket_url, "unknown")
