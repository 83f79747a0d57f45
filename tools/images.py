"""Builds the services' images and lints their Dockerfiles: ``python -m tools.images build`` or ``lint``.

Options come from the environment: ``ESCRIBA_TAG`` (default: the commit), ``ESCRIBA_PLATFORM`` (linux/arm64 or
linux/amd64; default: this machine's) and ``ESCRIBA_MODEL``, which is baked into the transcriber's image.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.process import StartupError, run_process

ROOT = Path(__file__).resolve().parents[1]
HADOLINT = ROOT / "build" / "hadolint" / "bin" / "hadolint"


def dockerfiles() -> dict[str, Path]:
    """The Dockerfile of each service that has one and can be started, by the service's name."""
    found = sorted((ROOT / "services").glob("*/Dockerfile"))
    return {path.parent.name: path for path in found if (path.parent / "__main__.py").is_file()}


def build_command(service: str, dockerfile: Path, options: Mapping[str, str], *, tag: str) -> list[str]:
    """The ``docker build`` of one image, with the whole checkout as context (less .dockerignore)."""
    name = f"escriba-{service}:{tag}"
    command = ["docker", "build", "--file", str(dockerfile.relative_to(ROOT)), "--tag", name]
    if options.get("ESCRIBA_PLATFORM"):
        command += ["--platform", options["ESCRIBA_PLATFORM"]]
    if service == "transcriber" and options.get("ESCRIBA_MODEL"):
        command += ["--build-arg", f"MODEL={options['ESCRIBA_MODEL']}"]
    return [*command, "."]


def require_docker(instead: str) -> None:
    """Raise ``StartupError`` with one sentence, which ends in ``instead``, where no Docker answers."""
    if shutil.which("docker") is None:
        raise StartupError(f"this needs Docker, and there is none on this machine: {instead}")
    answer = subprocess.run(["docker", "info"], capture_output=True, check=False)
    if answer.returncode != 0:
        raise StartupError(f"this needs Docker, and its daemon does not answer: {instead}")


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "dev"


def _run(command: list[str]) -> None:
    """Raise ``StartupError`` where a command failed; it has said why."""
    print(" ".join(command), flush=True)
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise StartupError(f"failed: {' '.join(command)}")


def main() -> None:
    """Build or lint all of them; the first that fails ends it."""
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb == "lint":
        _run([str(HADOLINT), *(str(path.relative_to(ROOT)) for path in dockerfiles().values())])
    elif verb == "build":
        require_docker("the continuous integration builds the images, and `make up` runs everything without")
        tag = os.environ.get("ESCRIBA_TAG") or _commit()
        for service, dockerfile in dockerfiles().items():
            _run(build_command(service, dockerfile, os.environ, tag=tag))
    else:
        raise StartupError("say what: build or lint")


if __name__ == "__main__":
    run_process(main)
