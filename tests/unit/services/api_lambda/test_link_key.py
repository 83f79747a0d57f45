"""Where the key that signs links comes from: the environment, or Secrets Manager."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from services.api_lambda.bootstrap import link_signing_keys
from services.api_lambda.settings import ApiSettings
from shared.domain.work_queues import WorkQueue
from shared.settings import SettingsError, load_settings

OLD, NEW = "old-" * 8, "new-" * 8


@pytest.fixture
def environment(monkeypatch):
    for name in ("JOB_TABLE_NAME", "AUDIO_BUCKET_NAME", "TRANSCRIPT_BUCKET_NAME"):
        monkeypatch.setenv(name, "x")
    for queue in (*WorkQueue, "notification"):
        monkeypatch.setenv(f"{queue.upper().replace('-', '_')}_QUEUE_URL", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return monkeypatch


def test_a_key_of_the_environment_is_taken_as_it_is(environment):
    environment.setenv("LINK_SIGNING_KEY", NEW)
    assert link_signing_keys(load_settings(ApiSettings)) == (NEW,)


def test_a_secret_gives_its_current_value_and_after_a_rotation_the_one_before(environment):
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="links", SecretString=OLD)["ARN"]
        environment.setenv("LINK_SIGNING_KEY_SECRET_ARN", arn)
        assert link_signing_keys(load_settings(ApiSettings)) == (OLD,)
        client.put_secret_value(SecretId=arn, SecretString=NEW)
        assert link_signing_keys(load_settings(ApiSettings)) == (NEW, OLD)


def test_a_secret_that_is_not_there_is_a_wrong_setting(environment):
    environment.setenv("LINK_SIGNING_KEY_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:no")
    with mock_aws(), pytest.raises(SettingsError, match="LINK_SIGNING_KEY_SECRET_ARN: there is no secret"):
        link_signing_keys(load_settings(ApiSettings))


@pytest.mark.parametrize(
    "given",
    [{}, {"LINK_SIGNING_KEY": NEW, "LINK_SIGNING_KEY_SECRET_ARN": "arn:x"}],
    ids=["neither", "both"],
)
def test_neither_and_both_are_refused_with_both_names(environment, given):
    for name, value in given.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError, match="LINK_SIGNING_KEY_SECRET_ARN: needed, or LINK_SIGNING_KEY in"):
        load_settings(ApiSettings)
