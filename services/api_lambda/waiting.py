"""Waits for a job to end, for callers that want an answer and not a job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from shared.domain.jobs import Job
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore


@dataclass(frozen=True)
class Pauses:
    """Between two looks; each is ``growth`` times as long as the one before."""

    first_seconds: float = 0.2
    growth: float = 1.5
    longest_seconds: float = 1.0


class JobWaiter:
    """Looks again and again, less often with time. ``sleep`` lets other calls go on meanwhile."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        clock: Clock,
        wait_seconds: float,
        sleep: Callable[[float], Awaitable[None]],
        pauses: Pauses | None = None,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._sleep = sleep
        self._pauses = pauses or Pauses()

    async def until_final(self, job: Job) -> Job:
        """The job once it has ended, or as it stands when the time is up (or it was deleted)."""
        deadline = self._clock.monotonic() + self._wait_seconds
        pause = self._pauses.first_seconds
        while not job.status.is_final and self._clock.monotonic() < deadline:
            await self._sleep(pause)
            pause = min(pause * self._pauses.growth, self._pauses.longest_seconds)
            found = await run_in_threadpool(self._jobs.get, job.job_id)
            if found is None:
                break
            job = found
        return job
