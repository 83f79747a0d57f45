"""One run of the reconciler: its sweeps in the order of a file's way.

::

    pending ─▶ queued ─▶ processing ─▶ notices of completed jobs ─▶ notices of failed jobs
            ─▶ notices of batches ─▶ ended jobs and files that are kept no longer
            ─▶ accounts to be erased, for the rest of a run

What one sweep sets going is not the next one's business: each leaves alone what was written to a moment
ago. All of a run is bounded, repeatable and done by conditional writes, so it may die anywhere, and two
runs at once do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from services.reconciler.batches import BatchSweep
from services.reconciler.doors import Doors
from services.reconciler.erasures import ErasureSweep
from services.reconciler.kept_files import KeptFilesSweep
from services.reconciler.notices import NoticeSweep
from services.reconciler.pending import PendingSweep
from services.reconciler.retention import RetentionSweep
from services.reconciler.stalled import StalledSweep
from shared.domain.jobs import JobStatus
from shared.domain.messages import NoticeKind
from shared.log import get_logger
from shared.ports.clock import Clock

_log = get_logger(__name__)

Sweep = Callable[[], None]


class SweepsFailed(Exception):
    """Some sweeps of a run came to no end; the text names them. The next run tries again."""


class Reconciler:
    """Runs sweeps by name; one that fails stops none of the others."""

    def __init__(self, sweeps: Mapping[str, Sweep], *, clock: Clock) -> None:
        self._sweeps = sweeps
        self._clock = clock

    def __call__(self) -> None:
        """One run. Raises :class:`SweepsFailed` at its end, so that a scheduler counts it."""
        started = self._clock.monotonic()
        failed = [name for name, sweep in self._sweeps.items() if not self._succeeded(name, sweep)]
        _log.info("reconciled", seconds=round(self._clock.monotonic() - started, 3), failed=failed)
        if failed:
            raise SweepsFailed(", ".join(failed))

    def _succeeded(self, name: str, sweep: Sweep) -> bool:
        with structlog.contextvars.bound_contextvars(sweep=name):
            try:
                sweep()
            except Exception:
                _log.exception("sweep failed")
                return False
        return True


def all_sweeps(doors: Doors) -> dict[str, Sweep]:
    """Every sweep, by name and in order."""
    limits = doors.limits
    ended = [status for status in JobStatus if status.is_final]
    return {
        "pending": PendingSweep(doors),
        "queued": StalledSweep(doors, JobStatus.QUEUED, stalled_seconds=limits.queued_stalled_seconds),
        "processing": StalledSweep(
            doors, JobStatus.PROCESSING, stalled_seconds=limits.processing_stalled_seconds
        ),
        "completed notices": NoticeSweep(doors, NoticeKind.COMPLETED),
        "failed notices": NoticeSweep(doors, NoticeKind.FAILED),
        "batch notices": BatchSweep(doors),
        **{f"kept {status.lower()}": RetentionSweep(doors, status) for status in ended},
        "kept files": KeptFilesSweep(doors),
        "erasures": ErasureSweep(doors),
    }
