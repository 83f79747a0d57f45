"""Waits for a job to end, for callers that want an answer and not a job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi.concurrency import run_in_threadpool

from shared.domain.jobs import Job
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 1.0


class JobWaiter:
    """Looks again and again, less often with time. ``sleep`` lets other calls go on meanwhile."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        clock: Clock,
        wait_seconds: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._sleep = sleep

    async def until_final(self, job: Job) -> Job:
        """The job once it has ended, or as it stands when the time is up (or it was deleted)."""
        deadline = self._clock.monotonic() + self._wait_seconds
        pause = FIRST_PAUSE_SECONDS
        while not job.status.is_final and self._clock.monotonic() < deadline:
            await self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
            found = await run_in_threadpool(self._jobs.get, job.job_id)
            if found is None:
                break
            job = found
        return job
