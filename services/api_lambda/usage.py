"""What a user used: jobs, audio and cost by day, added up from the records of the jobs.

Nothing is counted twice or lost by a crash, because nothing is counted beforehand: each call reads the jobs
of the days asked for. What was deleted is not in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.domain.jobs import Job, JobStatus, JobType
from shared.ports.job_store import JobStore

MOST_JOBS = 2_000
_JOBS_A_READ = 100
_MINUTE_SECONDS = 60


@dataclass
class DayOfUse:
    """One day's sums; the day is that of the job's creation, in UTC."""

    jobs: int = 0
    completed: int = 0
    failed: int = 0
    audio_minutes: float = 0
    work_seconds: float = 0
    cost_usd: float = 0
    by_type: Counter[JobType] = field(default_factory=Counter)

    def add(self, job: Job, dollars_per_second: float) -> None:
        """Count a job; of one that a workflow made the work alone, for to its owner they are one job."""
        seconds = job.timings.total_ms / 1000 if job.timings else 0
        self.work_seconds += seconds
        self.cost_usd += seconds * dollars_per_second
        if job.parent_id is not None:
            return
        self.jobs += 1
        self.by_type[job.type] += 1
        self.completed += job.status is JobStatus.COMPLETED
        self.failed += job.status is JobStatus.FAILED
        self.audio_minutes += (job.result.duration_seconds if job.result else 0) / _MINUTE_SECONDS


@dataclass(frozen=True)
class Use:
    """By day; ``complete`` unless there were more than ``MOST_JOBS`` jobs: then the oldest are left out."""

    by_day: dict[date, DayOfUse]
    complete: bool


def use_of(
    jobs: JobStore,
    user_id: str,
    *,
    now: datetime,
    days: int,
    dollars_per_second_of: Callable[[JobType], float],
) -> Use:
    """The use of the last ``days`` days, today included; each type of job has its workers' price."""
    since = datetime.combine(now.date() - timedelta(days=days - 1), datetime.min.time(), tzinfo=now.tzinfo)
    by_day: dict[date, DayOfUse] = defaultdict(DayOfUse)
    cursor: str | None = None
    for _ in range(MOST_JOBS // _JOBS_A_READ):
        page = jobs.list_for_user(user_id, status=None, limit=_JOBS_A_READ, cursor=cursor)
        for job in page.jobs:
            if job.created_at < since:
                return Use(dict(by_day), complete=True)
            by_day[job.created_at.date()].add(job, dollars_per_second_of(job.type))
        cursor = page.next_cursor
        if cursor is None:
            return Use(dict(by_day), complete=True)
    return Use(dict(by_day), complete=False)
