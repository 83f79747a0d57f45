"""Clients: how long they wait, how often they try, where they go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.aws.clients import Connection, make_client, make_impatient_client, make_sockets_client

CHECKOUT = Path(__file__).parents[2]
AWS = Connection(None, "eu-west-1", "id", "hidden-key")
LOCAL = Connection("http://127.0.0.1:9", "eu-west-1", "id", "hidden-key")


@pytest.mark.parametrize("service", ["dynamodb", "s3", "ses", "sqs"])
def test_no_client_waits_for_ever_and_retries_are_the_standard_ones(service):
    config = make_client(service, AWS).meta.config
    assert 0 < config.connect_timeout < config.read_timeout <= 60
    assert config.retries["mode"] == "standard"


def test_the_queue_client_outwaits_a_long_poll():
    assert make_client("sqs", AWS).meta.config.read_timeout > 20


def test_what_may_get_lost_holds_up_nobody_for_long(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for client, seconds in ((make_impatient_client(), 6), (make_sockets_client("http://127.0.0.1:9"), 5)):
        config = client.meta.config
        tries = config.retries["total_max_attempts"]
        assert (config.connect_timeout + config.read_timeout) * tries <= seconds


def test_a_mail_is_handed_over_once():
    assert make_client("ses", AWS).meta.config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (AWS, "https://audio.s3.eu-west-1.amazonaws.com/key?"),
        (LOCAL, "http://127.0.0.1:9/audio/key?"),
    ],
)
def test_a_presigned_url_names_the_bucket_where_it_resolves_and_is_signed_by_version_4(connection, expected):
    url = make_client("s3", connection).generate_presigned_url(
        "get_object", Params={"Bucket": "audio", "Key": "key"}
    )
    assert url.startswith(expected)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


def test_an_endpoint_next_door_is_not_looked_for_behind_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert make_client("sqs", LOCAL).meta.config.proxies == {}
    assert make_client("sqs", AWS).meta.config.proxies is None


def test_a_connection_does_not_show_its_secret():
    assert "hidden-key" not in repr(AWS)


def run_python(code, **environment):
    """What ``code`` prints in a process whose environment is only this."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"AWS_EC2_METADATA_DISABLED": "true", **environment},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_boto3_is_not_imported_before_a_client_is_made():
    assert run_python("import sys, shared.aws.clients; print('boto3' in sys.modules)") == "False"


def test_a_client_without_a_connection_goes_where_the_environment_says():
    code = (
        "from shared.aws.clients import make_client\n"
        "client = make_client('s3')\n"
        "print(client.meta.endpoint_url, client.meta.config.s3['addressing_style'])"
    )
    assert run_python(code, AWS_DEFAULT_REGION="eu-west-1", AWS_ENDPOINT_URL="http://127.0.0.1:9") == (
        "http://127.0.0.1:9 path"
    )
