"""Who creates the resources of a platform: our own provisioner in a second, or Terraform in a minute or two.

A test compares what the two create (tests/applied).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from local.emulator import SERVICES, Emulator
from local.options import PlatformOptions
from local.provision import Plan, provision
from local.resources import Resources
from local.terraform import LocalTerraform
from shared.aws.clients import Connection
from shared.process import StartupError


def emulator_for(options: PlatformOptions, log_path: Path) -> Emulator:
    """The emulator, with all that Terraform calls where Terraform is wanted."""
    services = None if options.terraform else SERVICES
    return Emulator(log_path, port=options.emulator_port, services=services)


def create_resources(
    options: PlatformOptions,
    connection: Connection,
    plan: Plan | None,
    *,
    state: Path,
    tell: Callable[[str], None],
) -> Resources:
    """Create them. Raises ``StartupError`` where Terraform is wanted and missing, or fails."""
    if not options.terraform:
        return provision(connection, plan)
    if plan is not None:
        raise StartupError("what Terraform creates takes no plan of the caller's")
    tell("Terraform creates the resources: it takes a minute or two …")
    folder = state / "terraform"
    shutil.rmtree(folder, ignore_errors=True)  # a state outlives no emulator
    return LocalTerraform(connection, folder).apply()
