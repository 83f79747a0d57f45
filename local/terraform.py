"""Runs Terraform in ``terraform/environments/local``, against an emulator.

State and providers lie in a folder of the caller's: the environment's own folder is only read. Where no
registry can be reached, providers come from a mirror: a folder made by ``terraform providers mirror``, named
in ``TERRAFORM_MIRROR`` or found below ``/opt`` or ``/usr/local/share/terraform``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.environment import CHECKOUT, base_environment
from local.resources import Resources, resources_of
from shared.aws.clients import Connection
from shared.process import StartupError
from tools.package import files_of_code, write_package

LOCAL = CHECKOUT / "terraform" / "environments" / "local"
MIRROR_VARIABLE = "TERRAFORM_MIRROR"
_MIRROR_PARENTS = (Path("/opt"), Path("/usr/local/share/terraform"))
_SECONDS = 600


def terraform_environment(folder: Path, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """What Terraform is told by its environment, without anybody's AWS account; ``folder`` is its own."""
    source = os.environ if inherited is None else inherited
    environment = base_environment(source) | {
        "TF_DATA_DIR": str(folder / "data"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }
    configuration = cli_configuration(folder, source)
    return environment | ({"TF_CLI_CONFIG_FILE": str(configuration)} if configuration else {})


def cli_configuration(folder: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Terraform's configuration file: the caller's own, else one that names the mirror, else none."""
    own = environment.get("TF_CLI_CONFIG_FILE")
    if own and Path(own).is_file():
        return Path(own)
    mirror = _mirror(environment)
    if mirror is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "terraform.rc"
    path = json.dumps(str(mirror))
    file.write_text(f"provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n")
    return file


def _mirror(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(MIRROR_VARIABLE)
    if named:
        return Path(named)
    found = (path for parent in _MIRROR_PARENTS for path in parent.glob("*/*/hashicorp/aws"))
    return next((path.parents[2] for path in sorted(found)), None)


class LocalTerraform:
    """Terraform for one emulator. ``folder`` holds state and providers, and goes with the emulator."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._folder = folder.resolve()
        self._variables = {
            "endpoint_url": connection.endpoint_url,
            "access_key": connection.access_key_id,
            "secret_key": connection.secret_access_key,
            "api_package_path": str(self._folder / "functions.zip"),
        }

    def apply(self) -> Resources:
        """Create everything, and return what the services are to be told. Raises ``StartupError``."""
        # The emulator runs functions in its own Python, which has the libraries: our code is enough.
        write_package(files_of_code(), self._folder / "functions.zip")
        self.run("init", "-reconfigure", "-lockfile=readonly", f"-backend-config=path={self._folder}/state")
        self.run("apply", "-auto-approve")
        outputs: dict[str, Any] = json.loads(self.run("output", "-json"))
        return resources_of(outputs["environment"]["value"])

    def plan(self) -> dict[str, Any]:
        """What an apply would change now, as ``terraform show -json`` tells it."""
        self.run("plan", f"-out={self._folder}/plan")
        plan: dict[str, Any] = json.loads(self.run("show", "-json", f"{self._folder}/plan"))
        return plan

    def destroy(self) -> None:
        """Delete everything."""
        self.run("destroy", "-auto-approve")

    def left(self) -> list[str]:
        """The resources that the state still holds."""
        return self.run("state", "list").split()

    def run(self, command: str, *options: str) -> str:
        """What Terraform says. Raises ``StartupError`` with its own words where it fails."""
        terraform = shutil.which("terraform")
        if terraform is None:
            raise StartupError("TERRAFORM=1 needs terraform 1.11 or later, which is not on the PATH")
        asks = () if command in {"output", "show", "state"} else ("-input=false",)
        done = subprocess.run(
            [terraform, f"-chdir={LOCAL}", command, *asks, *_without_colour(command), *options],
            env=terraform_environment(self._folder)
            | {f"TF_VAR_{name}": str(value) for name, value in self._variables.items()},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            raise StartupError(f"terraform {command} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout


def _without_colour(command: str) -> tuple[str, ...]:
    return () if command == "state" else ("-no-color",)
