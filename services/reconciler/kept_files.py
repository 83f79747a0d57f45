"""Files that were announced by themselves and that their owner's tier keeps no longer: deleted.

::

    kept_until passed two days ago  ─▶ file DELETED ─▶ audio and clips ─▶ named no more

A job keeps its file as long as itself, and goes with it; of a file without one nobody else ever thinks. The
two days let a job end that was asked for on the file's last one: what it made stays. Only what is due is
read. Behind this stands the lifecycle of the bucket, longer than any tier keeps anything.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from services.reconciler.doors import Doors
from shared.log import get_logger

GRACE = timedelta(days=2)

_log = get_logger(__name__)


class KeptFilesSweep:
    """Looks at files by the end of their time."""

    def __init__(self, doors: Doors) -> None:
        self._files = doors.files
        self._deletion = doors.deletion
        self._clock = doors.clock
        self._most = doors.limits.most_jobs_a_sweep

    def __call__(self) -> None:
        """One run."""
        for user_id, file_id in self._files.kept_until(self._clock.now() - GRACE, most=self._most):
            with structlog.contextvars.bound_contextvars(file_id=file_id):
                file = self._files.get(file_id)
                if file is not None:
                    self._deletion.of_file(file_id, file.key)
                self._files.forget_announced(user_id, file_id)
                _log.info("kept no longer", user_id=user_id)
