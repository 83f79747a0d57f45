"""The saved queries of Logs Insights ask for lines and fields that the code writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.domain.jobs import Timings

ROOT = Path(__file__).parents[2]
SOURCE = "\n".join(
    path.read_text() for room in ("services", "shared") for path in sorted((ROOT / room).rglob("*.py"))
)
QUERIES = dict(
    re.findall(
        r'"([a-z-]+)"\s*= <<-QUERY\n(.*?)\n\s*QUERY',
        (ROOT / "terraform/modules/monitoring/queries.tf").read_text(),
        re.DOTALL,
    )
)
EVERY_LINE = {"service", "level", "event", "logger", "timestamp"}
"""What shared/log.py adds to each line."""

WORDS = set("filter fields sort limit stats by as desc asc in or and not".split()) | set(
    "ispresent count avg max min sum latest".split()
)
ALIAS = re.compile(r"\bas (\w+)")


@pytest.mark.parametrize(
    "name", ["errors-by-operation", "failed-jobs", "slow-jobs", "use-by-user", "waits-by-queue"]
)
def test_a_saved_query_asks_for_what_is_logged(name: str):
    query = QUERIES[name]
    literals = re.findall(r'"([^"]+)"', query)
    events = [one for one in literals if one not in {"error", "critical"}]
    assert events or "ispresent" in query
    for event in events:
        assert re.search(rf'_log\.\w+\(\s*"{re.escape(event)}"', SOURCE), f"nobody logs {event!r}"
    names = set(re.findall(r"(?<![@\w])[a-z]\w*", re.sub(r'"[^"]*"', "", query)))
    fields = names - WORDS - set(ALIAS.findall(query)) - EVERY_LINE - set(Timings.model_fields)
    for field in fields:
        assert re.search(rf"\b{field}=", SOURCE), f"no log line has the field {field}"
