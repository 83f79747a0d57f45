"""The Lambda functions and the server as they start: in a process of its own, as a cold start is one."""

import base64
import json
import os
import socket
import subprocess
import sys

import pytest

from services.api_lambda.server import bound_socket
from services.api_lambda.settings import ApiServerSettings
from shared.process import StartupError
from shared.settings import SettingsError, load_settings

pytestmark = pytest.mark.heavy

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "JOB_TABLE_NAME": "jobs",
    "AUDIO_BUCKET_NAME": "audio",
    "TRANSCRIPT_BUCKET_NAME": "transcripts",
    "TRANSCRIPTION_QUEUE_URL": "https://sqs.example/transcription",
    "TRANSCRIPTION_PRIORITY_QUEUE_URL": "https://sqs.example/transcription-priority",
    "CONVERSION_QUEUE_URL": "https://sqs.example/conversion",
    "CONVERSION_PRIORITY_QUEUE_URL": "https://sqs.example/conversion-priority",
    "NOTIFICATION_QUEUE_URL": "https://sqs.example/notification",
    "LINK_SIGNING_KEY": "k" * 32,
}

COLD_START = """
import json, sys
from services.api_lambda.handlers import api_handler, router_handler
heavy = sorted({"fastapi", "boto3"} & set(sys.modules))
test_event = {"messageId": "m", "body": json.dumps({"Event": "s3:TestEvent"})}
routed = router_handler({"Records": [test_event]}, None)
router_imports_the_framework = "fastapi" in sys.modules
http = {"method": "GET", "path": "/v1/nothing", "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"}
answer = api_handler(
    {
        "version": "2.0",
        "rawPath": "/v1/nothing",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": http, "stage": "$default"},
        "isBase64Encoded": False,
    },
    None,
)
modules = sorted(sys.modules)
print(json.dumps([heavy, routed, router_imports_the_framework, answer, modules]))
"""

OTHERS = {
    "av",
    "aws_xray_sdk",  # where nobody traces
    "ctranslate2",
    "faster_whisper",
    "httpx",
    "jinja2",
    "librosa",
    "matplotlib",
    "mutagen",
    "numpy",
    "scipy",
    "tenacity",
    "uvicorn",
    "shared.media",
    "shared.testing",
}
"""What other services need, or this one under uvicorn: each would add to a cold start, some a second."""

DOCUMENTATION = """
import json
from services.api_lambda.handlers import api_handler

def get(path):
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return api_handler(event, None)

print(json.dumps([get("/docs/files/swagger-ui-bundle.js"), get("/docs/files/favicon.png")]))
"""
LAMBDA_ANSWER_BYTES = 6 * 1024**2
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def printed_by(program: str):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_both_functions_build_themselves_with_their_first_event_and_no_sooner():
    heavy, routed, router_imports_the_framework, answer, modules = printed_by(COLD_START)
    assert heavy == []
    assert routed == {"batchItemFailures": []}
    assert not router_imports_the_framework
    assert answer["statusCode"] == 404
    assert answer["isBase64Encoded"] is False
    assert json.loads(answer["body"])["code"] == "not-found"
    assert OTHERS & set(modules) == set()


def test_the_documentation_pages_files_pass_through_the_function():
    script, icon = printed_by(DOCUMENTATION)

    assert (script["statusCode"], script["isBase64Encoded"]) == (200, False)
    assert "SwaggerUIBundle" in script["body"]
    assert len(script["body"].encode()) < LAMBDA_ANSWER_BYTES
    assert (icon["statusCode"], icon["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(icon["body"]).startswith(b"\x89PNG")


@pytest.fixture
def api_environment(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_server_listens_on_this_machine_alone_unless_told_otherwise(api_environment):
    settings = load_settings(ApiServerSettings)

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.max_file_bytes == 2 * 1024**3
    assert "kkkk" not in repr(settings)


def test_every_wrong_setting_is_named_at_once(api_environment):
    api_environment.setenv("PORT", "http")
    api_environment.setenv("UPLOAD_EXPIRES_SECONDS", "1")
    api_environment.delenv("LINK_SIGNING_KEY")

    with pytest.raises(SettingsError) as error:
        load_settings(ApiServerSettings)

    for name in ("PORT", "UPLOAD_EXPIRES_SECONDS", "LINK_SIGNING_KEY"):
        assert name in str(error.value)


def test_a_port_in_use_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartupError, match=f"can't listen on 127.0.0.1 port {port}: .+"):
            bound_socket("127.0.0.1", port)


def test_the_servers_socket_names_its_protocol_so_that_answers_are_not_held_back():
    with bound_socket("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
