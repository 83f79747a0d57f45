"""One call to AWS, as it is written down, and the sums over many."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from local import lifeline

FOLDER_VARIABLE = "ESCRIBA_CALLS"
"""Names the folder that calls are written to."""


def recorded(module: str) -> tuple[str, ...]:
    """The arguments that run ``module`` under the lifeline with its calls written down."""
    return (*lifeline.command("benchmarks.calls"), module)


@dataclass(frozen=True)
class Call:
    """``process`` is our service, ``service`` that of AWS as boto3 spells it. ``began_at``: Unix seconds.

    ``requests`` counts tries: each is billed. ``messages`` is how many a receive brought, else 0.
    """

    process: str
    service: str
    operation: str
    began_at: float
    took_ms: float
    requests: int = 1
    messages: int = 0

    @property
    def is_empty_receive(self) -> bool:
        """A long poll that nothing came of: an idle worker makes them, however many jobs there are."""
        return self.operation == "ReceiveMessage" and not self.messages

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(astuple(self)) + "\n"


def read_calls(folder: Path, *, since: float = 0.0, until: float = float("inf")) -> list[Call]:
    """The calls that began between two times, of all processes that wrote into ``folder``."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in _whole_lines(path))
    calls = (Call(*json.loads(line)) for line in lines)
    return [call for call in calls if since <= call.began_at <= until]


def _whole_lines(path: Path) -> list[str]:
    """Without a last one that is still being written."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


@dataclass(frozen=True)
class Usage:
    """What some calls come to."""

    requests: int
    took_ms: float


def usage_by(calls: Iterable[Call], *fields: str) -> dict[tuple[str, ...], Usage]:
    """Sums by the values of ``fields`` of a call: ``usage_by(calls, "process", "service")``."""
    requests: defaultdict[tuple[str, ...], int] = defaultdict(int)
    took_ms: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for call in calls:
        key = tuple(str(getattr(call, field)) for field in fields)
        requests[key] += call.requests
        took_ms[key] += call.took_ms
    return {key: Usage(requests[key], took_ms[key]) for key in sorted(requests)}
