"""The reconciler as a Lambda function, run by a schedule of EventBridge. Built once a cold start."""

from __future__ import annotations

from functools import cache
from typing import Any

from services.reconciler.handler import Reconciler


@cache
def _reconciler() -> Reconciler:
    from services.reconciler.bootstrap import build_for_lambda

    return build_for_lambda()


def reconcile_handler(_event: dict[str, Any], _context: object) -> None:
    """One run; the event says only that it is time. Raises ``SweepsFailed``."""
    _reconciler()()
