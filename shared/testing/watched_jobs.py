"""Who watches a job, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from shared.domain.errors import TransitionRefused
from shared.domain.jobs import Job
from shared.ports.job_store import TooManyWatchers


class InMemoryWatchedJobs:
    """The watchers' part of a ``JobStore``."""

    _jobs: dict[str, Job]
    _lock: threading.RLock

    def watch(self, job_id: str, connection_id: str, *, most: int) -> Job:
        """Join, if the job goes on and there is room."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status.is_final:
                raise TransitionRefused(job_id, job)
            if len(job.watchers - {connection_id}) >= most:
                raise TooManyWatchers
            return self._keep(job, job.watchers | {connection_id})

    def unwatch(self, job_id: str, connection_ids: Iterable[str]) -> None:
        """Leave."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None:
                self._keep(job, job.watchers - set(connection_ids))

    def _keep(self, job: Job, watchers: frozenset[str]) -> Job:
        changed = job.model_copy(update={"watchers": watchers})
        self._jobs[job.job_id] = changed
        return changed
