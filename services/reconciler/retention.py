"""Jobs that ended and whose owner's tier keeps them no longer: deleted, with all that belongs to them.

::

    ended, kept_until passed  ─▶ file DELETED ─▶ audio ─▶ outputs ─▶ chunks ─▶ job
    anything else             ─▶ left alone

Every step can be repeated, and the job goes last: a run that dies in between leaves it to the next round.
Every ended job is read once a round; with very many of them a round takes longer than it should, never the
other way round. Files without a job have a sweep of their own.
"""

from __future__ import annotations

from datetime import timedelta

from services.reconciler.doors import Doors
from services.reconciler.walk import Walk, attend_to_each
from shared.domain.jobs import Job, JobStatus
from shared.log import get_logger

_log = get_logger(__name__)

_SHORTEST_KEPT = timedelta(days=1)
"""No tier and no operator's grant keeps less: younger jobs need not be read."""


class RetentionSweep:
    """Looks at the ended jobs of one status."""

    def __init__(self, doors: Doors, status: JobStatus) -> None:
        self._status = status
        self._walk = Walk(
            doors,
            most_jobs=doors.limits.most_ended_jobs_a_sweep,
            round_seconds=doors.limits.retention_round_seconds,
        )
        self._deletion = doors.deletion
        self._clock = doors.clock

    def __call__(self) -> None:
        """One run."""
        walk, long_ago = f"kept-{self._status.lower()}", self._clock.now() - _SHORTEST_KEPT
        for page in self._walk.pages(walk, self._status, created_until=long_ago):
            attend_to_each(filter(self._is_kept_no_longer, page), self._delete)

    def _is_kept_no_longer(self, job: Job) -> bool:
        return job.status.is_final and job.kept_until is not None and job.kept_until <= self._clock.now()

    def _delete(self, job: Job) -> None:
        self._deletion(job)
        _log.info("kept no longer", user_id=job.user_id)
