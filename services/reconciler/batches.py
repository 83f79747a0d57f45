"""Batches whose owner waits for one notice of the whole, and whose awaited job has ended unnoticed.

::

    awaited job ended a while ago, or is gone  ─▶ notifier asked to look: it tells, or waits for another job
    awaited job goes on                        ─▶ left alone

Jobs that were cancelled, expired or deleted send no notice that would have it looked at, and a call that
died left its batch waiting for a job that may never have been made. It costs a read of the index, and two
small ones for each open batch. A batch stays open until its notice is out or refused: while the mail service
is away each run asks again, and the notice log lets one through.
"""

from __future__ import annotations

from datetime import timedelta

from services.reconciler.doors import Doors
from shared.domain.batches import OpenBatch
from shared.log import get_logger
from shared.metrics import Metric

_log = get_logger(__name__)


class BatchSweep:
    """Looks at open batches, oldest first."""

    def __init__(self, doors: Doors) -> None:
        self._batches = doors.batches
        self._jobs = doors.jobs
        self._outbox = doors.outbox
        self._clock = doors.clock
        self._metrics = doors.metrics
        self._most = doors.limits.most_ended_jobs_a_sweep
        self._grace = timedelta(seconds=doors.limits.notice_grace_seconds)

    def __call__(self) -> None:
        """One run."""
        long_ago = self._clock.now() - self._grace
        for batch in self._batches.open_until(long_ago, most=self._most):
            if self._has_ended_long_ago(batch):
                self._outbox.ask_for_batch_notice(batch.user_id, batch.batch_id)
                self._metrics.record({Metric.NOTICES_REPEATED: 1})
                _log.info("batch to be looked at", batch_id=batch.batch_id)

    def _has_ended_long_ago(self, batch: OpenBatch) -> bool:
        job = self._jobs.get(batch.awaited)
        if job is None:
            return True
        ended_at = job.completed_at or job.updated_at
        return job.status.is_final and ended_at <= self._clock.now() - self._grace
