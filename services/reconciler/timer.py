"""Runs the reconciler again and again, where no scheduler of the cloud does."""

from __future__ import annotations

from collections.abc import Callable

from services.reconciler.handler import SweepsFailed
from shared.log import get_logger
from shared.worker.stop import Stop

_log = get_logger(__name__)


def run_on_timer(reconcile: Callable[[], None], *, every_seconds: float, stop: Stop) -> None:
    """Reconcile until told to stop, resting ``every_seconds`` in between. Logs ``ready`` first."""
    _log.info("ready", every_seconds=every_seconds)
    while not stop.requested:
        try:
            reconcile()
        except SweepsFailed as failed:
            _log.warning("some sweeps failed", sweeps=str(failed))
        stop.wait(every_seconds)
    _log.info("stopped")
