"""``make terraform-test``: what Terraform says is right, and what it creates works.

Format, every environment's and module's syntax, Terraform's own tests, checkov, the tests on the plans; then
``local`` on the emulator: created, nothing to change right after, the main job run on it, deleted without a
remainder. Where Terraform or its provider is missing it says so in one sentence, and fails only in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.environment import CHECKOUT, isolate
from local.terraform import terraform_environment
from shared.process import StartupError
from tools.terraform.applied import NotAsPlanned, prove_applied

SOURCE = CHECKOUT / "terraform"
WORK = CHECKOUT / "build" / "terraform"
TREE = WORK / "tree"
ENVIRONMENTS = sorted(folder.name for folder in (SOURCE / "environments").iterdir())
MODULES = sorted(folder.parent.name for folder in (SOURCE / "modules").glob("*/tests"))
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


class Failed(Exception):
    """A step found something; the text says what."""


class Missing(Exception):
    """Terraform or its provider is not there."""


def main() -> int:
    """Run every step, the cheap ones first; 0 where all passed or Terraform is missing outside CI."""
    isolate(os.environ)
    try:
        _prove()
    except Missing as missing:
        print(f"{'failed' if _in_ci() else 'skipped'}: {missing}")
        return 1 if _in_ci() else 0
    except (Failed, NotAsPlanned, StartupError) as failed:
        print(failed)
        return 1
    return 0


def _prove() -> None:
    if shutil.which("terraform") is None:
        raise Missing("terraform is not on the PATH; 1.11 or later is needed")
    _copy()
    with step("format"):
        run("terraform", "fmt", "-check", "-recursive", "-diff", str(SOURCE), cwd=SOURCE)
    for environment in ENVIRONMENTS:
        folder = TREE / "environments" / environment
        with step(f"validate {environment}"):
            init(folder, "-lockfile=readonly")
            terraform(folder, "validate")
    for module in MODULES:
        folder = TREE / "modules" / module
        with step(f"test {module}"):
            init(folder)
            terraform(folder, "test")
    with step("checkov"):
        run(str(checkov()), "--config-file", ".checkov.yaml", "--directory", ".", cwd=SOURCE)
    with step("guards on the plans"):
        run(sys.executable, "-m", "pytest", "-q", "tests/terraform", cwd=CHECKOUT)
    prove_applied(WORK / "platform", step=step, run=lambda *command: run(*command, cwd=CHECKOUT))


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"{name} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" no")
        raise
    print(f" {time.monotonic() - started:.0f} s")


def run(*command: str, cwd: Path) -> None:
    """Run it silently. Raises :class:`Failed` with all it said."""
    environment = {**os.environ, **terraform_environment(WORK / "cli")}
    environment.pop("TF_DATA_DIR")  # each copied folder has its own
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def terraform(folder: Path, command: str, *options: str) -> None:
    """Run one of Terraform's commands in a folder of the copied tree."""
    run("terraform", command, "-no-color", *options, cwd=folder)


def init(folder: Path, *options: str) -> None:
    """Fetch the providers. Raises :class:`Missing` where they can't be had."""
    try:
        terraform(folder, "init", "-backend=false", "-input=false", *options)
    except Failed as failed:
        if "provider" in str(failed):
            raise Missing(f"the AWS provider can't be had (docs/terraform.md): {failed}") from None
        raise


def checkov() -> Path:
    """The pinned checkov, in an environment of its own: its dependencies would contradict ours."""
    home = WORK / "checkov"
    done = home / "requirements.txt"
    wanted = REQUIREMENTS.read_bytes()
    if not done.is_file() or done.read_bytes() != wanted:
        venv.create(home, clear=True, with_pip=True)
        pip = (str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check")
        run(*pip, "--require-hashes", "--requirement", str(REQUIREMENTS), cwd=CHECKOUT)
        done.write_bytes(wanted)
    return home / "bin" / "checkov"


def _copy() -> None:
    """Terraform writes beside what it reads (lock files, links to providers): it is given a copy."""
    shutil.rmtree(TREE, ignore_errors=True)
    shutil.copytree(SOURCE, TREE, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars"))


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


if __name__ == "__main__":
    sys.exit(main())
