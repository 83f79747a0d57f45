"""What Terraform creates on the emulator: it stays as planned, the system runs on it, and it goes whole."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from local.exports import exports_of, write_exports
from local.options import PlatformOptions
from local.platform import EXPORTS, Platform, running_platform
from local.terraform import LocalTerraform
from shared.aws.clients import Connection
from shared.process import StartupError

KEPT_BADLY = {
    "aws_apigatewayv2_authorizer": {"authorizer_payload_format_version"},
    "aws_ecs_service": {"availability_zone_rebalancing"},
    "aws_sesv2_email_identity": {"configuration_set_name", "dkim_signing_attributes"},
}
"""Attributes that the emulator takes and forgets, so that every plan sets them again. AWS keeps them."""

EXPORTS_VARIABLE = "ESCRIBA_APPLIED"
"""Tells the tests of a running platform: the folder of its exports."""

TESTS = ("tests/applied", "tests/e2e/test_main_job.py")


class NotAsPlanned(Exception):
    """The emulator holds something else than Terraform wanted; the text says where."""


def prove_applied(
    state: Path, *, step: Callable[[str], AbstractContextManager[None]], run: Callable[..., None]
) -> None:
    """Create, plan again, run the main job, delete. ``run`` runs a command and raises where it fails."""
    shutil.rmtree(state, ignore_errors=True)
    options = PlatformOptions(terraform=True)
    start = step("apply, and start the platform on it")
    start.__enter__()
    with running_platform(options, state=state, tell=lambda _line: None) as platform:
        start.__exit__(None, None, None)
        terraform = LocalTerraform(_connection(platform), state / "terraform")
        with step("a second plan is empty"):
            differences = list(unexpected_changes(terraform.plan()))
            if differences:
                raise NotAsPlanned("a second plan would change: " + "; ".join(differences))
        write_exports(state / EXPORTS, exports_of(platform))
        with step("the same as the own provisioner's, and the main job on it"):
            os.environ[EXPORTS_VARIABLE] = str(state.resolve())
            run(sys.executable, "-m", "pytest", "-q", *TESTS)
        with step("destroy"):
            _destroy(terraform)
            if terraform.left():
                raise NotAsPlanned("left after destroy: " + ", ".join(terraform.left()))


def _destroy(terraform: LocalTerraform) -> None:
    """Twice if need be: the emulator now and then closes a connection, and refuses the repeated deletion."""
    try:
        terraform.destroy()
    except StartupError:
        terraform.destroy()


def unexpected_changes(plan: Mapping[str, Any]) -> Iterator[str]:
    """What a plan would change, but for what the emulator forgets."""
    for resource in plan.get("resource_changes", ()):
        change = resource["change"]
        if change["actions"] in (["no-op"], ["read"]):
            continue
        before, after = change["before"] or {}, change["after"] or {}
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        surprising = changed - KEPT_BADLY.get(resource["type"], set())
        if surprising or change["actions"] != ["update"]:
            yield f"{resource['address']} ({'/'.join(change['actions'])}: {', '.join(sorted(surprising))})"


def _connection(platform: Platform) -> Connection:
    environment = platform.environment
    return Connection(
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region=environment["AWS_REGION"],
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
