"""How a receiver checks a request, as the documentation shows it: the sample is what the tests run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"

Check = Callable[[str, str, bytes], bool]
"""``secret, header, body``: whether it is ours."""


def documented_check(now: Callable[[], float] | None = None) -> Check:
    """``is_ours`` of the page, by the clock of ``now`` (seconds since 1970), or its own."""
    (sample,) = re.findall(r"```python\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(sample, str(_PAGE), "exec"), names)
    if now is not None:
        names["time"] = type("Clock", (), {"time": staticmethod(now)})
    check = names["is_ours"]
    assert callable(check)
    return check
