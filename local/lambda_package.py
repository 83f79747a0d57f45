"""The zip of our Lambda functions, for an emulator that runs no images.

It holds our code alone: the emulator runs functions in its own Python, which has the libraries. On AWS the
functions come as an image.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from local.environment import CHECKOUT

ROOMS = ("shared", "services/api_lambda", "services/reconciler")
_ALWAYS_THE_SAME = (2000, 1, 1, 0, 0, 0)
"""The time of every entry: an unchanged package has an unchanged hash, and Terraform leaves it alone."""


def build_package(target: Path) -> Path:
    """Write the zip to ``target`` and return it, absolute."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sources = [CHECKOUT / "services/__init__.py"]
    sources += [path for room in ROOMS for path in (CHECKOUT / room).rglob("*") if _belongs(path)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(sources):
            entry = zipfile.ZipInfo(str(path.relative_to(CHECKOUT)), _ALWAYS_THE_SAME)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target.resolve()


def _belongs(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"
