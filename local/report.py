"""What a measuring target found: a table for people, ``build/<target>.json`` for programs.

The file holds ``measurements``, a list of ``{measure, value, unit, goal, holds}`` (goal and holds are
null where there is none), the ``machine`` and the ``versions`` it was measured with.
"""

from __future__ import annotations

import json
import platform
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from local.environment import CHECKOUT

PACKAGES = ("faster-whisper", "ctranslate2", "av", "boto3", "pydantic", "fastapi", "ministack")
"""The packages whose version can change a figure."""


@dataclass(frozen=True)
class Measurement:
    """One figure. ``goal`` is text such as ``<= 150``; ``holds`` says whether ``value`` meets it."""

    measure: str
    value: float | int | str
    unit: str
    goal: str | None = None
    holds: bool | None = None


def at_most(measure: str, value: float, unit: str, bound: float) -> Measurement:
    """A figure that should not be greater than ``bound``."""
    return Measurement(measure, value, unit, goal=f"<= {bound:g}", holds=value <= bound)


def at_least(measure: str, value: float, unit: str, bound: float) -> Measurement:
    """A figure that should not be less than ``bound``."""
    return Measurement(measure, value, unit, goal=f">= {bound:g}", holds=value >= bound)


def report_document(target: str, measurements: Sequence[Measurement]) -> dict[str, Any]:
    """All that the JSON file holds."""
    return {
        "target": target,
        "measurements": [asdict(measurement) for measurement in measurements],
        "machine": machine(),
        "versions": versions(),
    }


def write_report(document: dict[str, Any], build: Path = CHECKOUT / "build") -> Path:
    """Write ``{target}.json`` and return its path."""
    build.mkdir(parents=True, exist_ok=True)
    path = build / f"{document['target']}.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def report_table(measurements: Sequence[Measurement], title: str | None = None) -> Table:
    """The same figures for a terminal."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("goal")
    table.add_column("holds")
    for m in measurements:
        value = f"{m.value:,.4g}" if isinstance(m.value, float) and abs(m.value) < 1000 else _whole(m.value)
        table.add_row(m.measure, value, m.unit, m.goal or "", _verdict(m.holds))
    return table


def _whole(value: float | int | str) -> str:
    return value if isinstance(value, str) else f"{value:,.0f}"


def _verdict(holds: bool | None) -> str:
    if holds is None:
        return ""
    return "[green]yes[/green]" if holds else "[red]no[/red]"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=True),
        "memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
    }


def _cpu_model() -> str:
    """Linux keeps the model's name where ``platform`` does not look."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def versions() -> dict[str, str | None]:
    """Python, Escriba (with its commit where git knows it) and the packages that matter."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "python": platform.python_version(),
        "escriba": project["version"],
        "commit": _commit(),
        **{package: _version_of(package) for package in PACKAGES},
    }


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip() or None
