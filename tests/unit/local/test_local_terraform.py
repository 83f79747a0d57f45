from __future__ import annotations

from pathlib import Path

import pytest

from local.creation import create_resources
from local.options import PlatformOptions
from local.provision import Plan
from local.resources import Queue, Resources, resources_of
from local.terraform import cli_configuration, terraform_environment
from shared.aws.clients import Connection
from shared.process import StartupError

RESOURCES = Resources(
    job_table_name="jobs",
    audio_bucket_name="audio",
    transcript_bucket_name="transcripts",
    uploads=Queue("u", "u-dead"),
    transcription=Queue("t", "t-dead"),
    transcription_priority=Queue("tp", "tp-dead"),
    conversion=Queue("c", "c-dead"),
    conversion_priority=Queue("cp", "cp-dead"),
    notification=Queue("n", "n-dead"),
    mail_from="escriba@example.com",
)


def test_what_services_are_told_leads_back_to_the_resources() -> None:
    assert resources_of(RESOURCES.environment()) == RESOURCES


def test_a_mirror_that_is_named_is_where_providers_come_from(tmp_path: Path) -> None:
    file = cli_configuration(tmp_path / "own", {"TERRAFORM_MIRROR": '/mirrors/"odd"'})
    assert file is not None
    assert 'path = "/mirrors/\\"odd\\""' in file.read_text()


def test_terraforms_own_configuration_wins_over_a_mirror(tmp_path: Path) -> None:
    own = tmp_path / "terraform.rc"
    own.touch()
    environment = {"TERRAFORM_MIRROR": "/mirror", "TF_CLI_CONFIG_FILE": str(own)}
    assert cli_configuration(tmp_path / "own", environment) == own


def test_a_configuration_that_is_not_there_gives_way_to_the_mirror(tmp_path: Path) -> None:
    environment = {"TERRAFORM_MIRROR": "/mirror", "TF_CLI_CONFIG_FILE": str(tmp_path / "absent")}
    assert cli_configuration(tmp_path / "own", environment) == tmp_path / "own" / "terraform.rc"


def test_terraform_is_told_nothing_of_anybodys_account(tmp_path: Path) -> None:
    told = terraform_environment(
        tmp_path,
        {"AWS_PROFILE": "mine", "AWS_ACCESS_KEY_ID": "AKIA", "PATH": "/bin", "TERRAFORM_MIRROR": "/m"},
    )
    assert "AWS_PROFILE" not in told
    assert "AWS_ACCESS_KEY_ID" not in told
    assert told["PATH"] == "/bin"


def test_terraform_and_a_plan_of_the_callers_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="no plan"):
        create_resources(
            PlatformOptions(terraform=True),
            Connection("http://127.0.0.1:1", "us-east-1", "key", "secret"),
            Plan(),
            state=tmp_path,
            tell=lambda _line: None,
        )
