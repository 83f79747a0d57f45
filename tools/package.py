"""Makes ``build/package/api_lambda.zip``, the functions for where no image runs: ``python -m tools.package``.

It holds what the image of services/api_lambda holds, for this machine's Python. The same checkout and the
same pinned packages give the same bytes, so that Terraform finds nothing to do.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from shared.process import StartupError, run_process

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "package"
PACKAGE = BUILD / "api_lambda.zip"
GROUP = "api_lambda"
CODE = ("shared", "services/__init__.py", "services/api_lambda", "services/reconciler")
LEFT_OUT = ("shared/testing/", "services/api_lambda/Dockerfile")

LARGEST_UNPACKED_BYTES = 250 * 1024**2
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""


def files_of_code(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Our files, by their names in the package."""
    for name in CODE:
        path = root / name
        for file in [path] if path.is_file() else path.rglob("*"):
            inside = file.relative_to(root).as_posix()
            if _belongs(file) and not inside.startswith(LEFT_OUT):
                yield inside, file


def files_of_packages(folder: Path) -> Iterator[tuple[str, Path]]:
    """The libraries' files. Their programs (bin) are for no function to run."""
    for file in folder.rglob("*"):
        inside = file.relative_to(folder).as_posix()
        if _belongs(file) and not inside.startswith("bin/"):
            yield inside, file


def write_package(files: Iterator[tuple[str, Path]], target: Path) -> int:
    """The zip, in order, undated, readable by anybody; returns its unpacked size in bytes."""
    unpacked_bytes = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, file in sorted(files):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            content = file.read_bytes()
            unpacked_bytes += len(content)
            package.writestr(entry, content)
    partial.replace(target)
    return unpacked_bytes


def _belongs(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


def install_packages() -> Path:
    """The group's libraries in a folder of their own, installed once for each set of pins."""
    pins = b"".join((ROOT / name).read_bytes() for name in ("constraints.txt", "pyproject.toml"))
    folder = BUILD / f"packages-{hashlib.sha256(pins + sys.version.encode()).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-compile", "--target", str(partial)]
    command += ["--constraint", "constraints.txt", "--group", GROUP]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise StartupError("the packages could not be installed; pip says why above")
    partial.rename(folder)
    return folder


def main() -> None:
    """Write the package and say how large it is. Raises ``StartupError`` where Lambda would not take it."""
    folder = install_packages()
    unpacked_bytes = write_package(iter([*files_of_packages(folder), *files_of_code()]), PACKAGE)
    size_bytes = PACKAGE.stat().st_size
    print(f"{PACKAGE.relative_to(ROOT)}: {size_bytes / 1e6:.1f} MB, {unpacked_bytes / 1e6:.1f} MB unpacked")
    if unpacked_bytes > LARGEST_UNPACKED_BYTES:
        raise StartupError("that is more than Lambda takes unpacked")


if __name__ == "__main__":
    run_process(main)
