"""LocalStack is an option: pinned, on this machine alone, and refused in a sentence without Docker."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from local.environment import CHECKOUT
from local.localstack import PORT, LocalStack
from shared.process import StartupError
from tools.images import build_command, dockerfiles

LOCALSTACK = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))["services"]["localstack"]


def test_the_version_is_the_last_that_needs_no_account():
    assert LOCALSTACK["image"] == "localstack/localstack:4.14.0"


def test_it_answers_to_this_machine_alone_where_the_processes_look_for_it():
    assert LOCALSTACK["ports"] == [f"127.0.0.1:{PORT}:4566"]
    assert LocalStack().endpoint_url == f"http://127.0.0.1:{PORT}"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "command", [["local.localstack", "up"], ["tools.images", "build"]], ids=lambda c: c[0]
)
def test_without_docker_one_sentence_names_what_needs_none(command, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=CHECKOUT,
        env={"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("error: this needs Docker, and there is none on this machine: ")
    assert "`make up`" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_compose_that_fails_ends_in_a_sentence(tmp_path, monkeypatch):
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(
        StartupError, match=r"docker compose --project-name escriba up --detach --wait.*make up"
    ):
        LocalStack().__enter__()


def test_an_image_is_built_for_the_platform_and_with_the_model_that_were_asked_for():
    options = {"ESCRIBA_PLATFORM": "linux/arm64", "ESCRIBA_MODEL": "small"}
    command = build_command("transcriber", dockerfiles()["transcriber"], options, tag="1.0")
    assert command[:2] == ["docker", "build"]
    assert "escriba-transcriber:1.0" in command
    assert command[-5:] == ["--platform", "linux/arm64", "--build-arg", "MODEL=small", "."]


def test_only_the_transcriber_is_given_a_model():
    command = build_command("notifier", dockerfiles()["notifier"], {"ESCRIBA_MODEL": "small"}, tag="1.0")
    assert command == [
        "docker",
        "build",
        "--file",
        "services/notifier/Dockerfile",
        "--tag",
        "escriba-notifier:1.0",
        ".",
    ]
