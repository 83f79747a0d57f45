"""The plan of an environment as JSON, made by Terraform and the real provider, without an account.

What it takes: the ``terraform`` command, and the AWS provider where ``terraform init`` finds it. The plan is
made in a copy under ``build/``, whose state is a local file: the environment's own backend is never asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.terraform import terraform_environment
from tools.terraform.stand_in import stand_in_for_aws

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "terraform"
WORK = ROOT / "build" / "terraform-plan"
ENVIRONMENTS = ("dev", "staging", "prod")
"""Those of AWS. ``local`` is proven by applying it."""

_ADDED = {
    "backend_override.tf": 'terraform {\n  backend "local" {}\n}\n',
    "plan_outputs.tf": """
output "settings" {
  value = module.system.settings
}
output "dashboard_metrics" {
  value = module.system.dashboard_metrics
}
""",
}
"""What the copy has beside: state in a file, and what tests ask that a plan alone doesn't say."""

_EXAMPLE: dict[str, object] = {
    "image_tag": "0000000",
    "cdn_public_key_pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "xray_daemon_tag": "3.x",
    "mail": {"domain": "example.com"},
    "alarm_emails": {"critical": ["on-call@example.com"], "warning": ["team@example.com"]},
}


class PlanFailed(Exception):
    """Terraform refused; the text is what it said."""


def terraform_command() -> str | None:
    """Where ``terraform`` is; None where it isn't installed."""
    return shutil.which("terraform")


def plan_of(environment: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
    """What ``terraform show -json`` says of the environment's plan. Raises :class:`PlanFailed`."""
    WORK.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=WORK) as home:
        shutil.copytree(
            SOURCE, home, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"), dirs_exist_ok=True
        )
        return _plan_in(Path(home) / "environments" / environment, variables or {})


def _plan_in(folder: Path, variables: Mapping[str, object]) -> dict[str, Any]:
    for name, text in _ADDED.items():
        (folder / name).write_text(text)
    (folder / "example.auto.tfvars.json").write_text(json.dumps({**_EXAMPLE, **variables}))
    with stand_in_for_aws() as endpoint:
        _run(folder, endpoint, "init", "-input=false", "-lockfile=readonly")
        _run(folder, endpoint, "plan", "-input=false", "-lock=false", "-out=plan")
        plan: dict[str, Any] = json.loads(_run(folder, endpoint, "show", "-json", "plan"))
    return plan


def cached_plan_of(environment: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
    """As :func:`plan_of`, but made anew only where what it is made of has changed."""
    made_of = hashlib.sha256(json.dumps([environment, variables], sort_keys=True).encode())
    for path in [Path(__file__), *sorted(SOURCE.rglob("*.tf")), *sorted(SOURCE.rglob(".terraform.lock.hcl"))]:
        made_of.update(path.read_bytes())
    kept = WORK / f"{environment}-{made_of.hexdigest()[:16]}.json"
    if not kept.exists():
        plan = plan_of(environment, variables)
        part = kept.with_suffix(f".{os.getpid()}")  # several processes may make it at once
        part.write_text(json.dumps(plan))
        part.replace(kept)
    known: dict[str, Any] = json.loads(kept.read_text())
    return known


def _run(folder: Path, endpoint: str, command: str, *options: str) -> str:
    done = subprocess.run(
        [terraform_command() or "terraform", f"-chdir={folder}", command, "-no-color", *options],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(endpoint),
    )
    if done.returncode:
        raise PlanFailed(f"terraform {command}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _environment(endpoint: str) -> dict[str, str]:
    """No credentials or configuration of the shell's own: the provider can reach the stand-in alone."""
    environment = terraform_environment(WORK / "cli")
    del environment["TF_DATA_DIR"]  # each copy has its own
    return environment | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
