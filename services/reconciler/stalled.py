"""QUEUED and PROCESSING jobs that nobody has written to for too long: their message is lost.

::

    QUEUED             ─▶ touched ─▶ JobMessage
    in chunks          ─▶ touched ─▶ JobMessage: its receiver sends what chunks' messages are missing
    waits for a job    ─▶ touched ─▶ JobMessage: its receiver looks whether that has ended
    PROCESSING,        ─▶ touched ─▶ JobMessage                      few attempts were lost
    lease run out      ─▶ touched ─▶ notice accepted ─▶ FAILED       many were: it stops its workers

A message is lost when a process dies between QUEUED and the send, when somebody purges a queue, or when it
was received ``maxReceiveCount`` times and fell to the dead-letter queue. The last is what becomes of a
job that kills its worker, by memory or a crash in native code; but also of a healthy job in an outage of
the table, and of a copy that found the job held. So the verdict is the record's, not the dead letter's:
an attempt is lost if it neither succeeded nor failed, and every replay by an operator grants as many
again. The dead letters stay where they are, for operators.

The touch lets one of two runs act, and keeps the next from acting again before the message had its time.
A run that dies after it is made good once the job has stood still as long again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.reconciler.doors import Doors
from services.reconciler.walk import Walk, attend_to_each
from shared.domain.faults import Fault
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job, JobError, JobStatus
from shared.domain.messages import NoticeKind
from shared.log import get_logger
from shared.metrics import Metric

_log = get_logger(__name__)

_CLOCK_SKEW = timedelta(seconds=CLOCK_SKEW_SECONDS)


class StalledSweep:
    """Looks at jobs of one status that were created before the bound on standing still."""

    def __init__(self, doors: Doors, status: JobStatus, *, stalled_seconds: float) -> None:
        self._status = status
        self._bound = timedelta(seconds=stalled_seconds)
        self._chunks_bound = max(self._bound, timedelta(seconds=doors.limits.queued_stalled_seconds))
        self._walk = Walk(doors, most_jobs=doors.limits.most_jobs_a_sweep)
        self._jobs = doors.jobs
        self._outbox = doors.outbox
        self._clock = doors.clock
        self._metrics = doors.metrics
        self._most_lost_attempts = doors.limits.most_lost_attempts

    def __call__(self) -> None:
        """One run."""
        long_ago = self._clock.now() - self._bound
        walk = f"stalled-{self._status.lower()}"
        for page in self._walk.pages(walk, self._status, created_until=long_ago):
            attend_to_each(filter(self._stands_still, page), self._attend)

    def _stands_still(self, job: Job) -> bool:
        now = self._clock.now()
        nobody_holds_it = job.lease is None or job.lease.expires_at < now - _CLOCK_SKEW
        return nobody_holds_it and job.updated_at <= now - self._bound_of(job)

    def _bound_of(self, job: Job) -> timedelta:
        """A job in chunks waits as long as a QUEUED one: its last chunk may be in its longest back-off."""
        return self._bound if job.split is None else self._chunks_bound

    def _attend(self, job: Job) -> None:
        now = self._clock.now()
        self._jobs.touch_stalled(job.job_id, now=now, unchanged_since=now - self._bound_of(job))
        lost = lost_attempts(job)
        if job.status is JobStatus.PROCESSING and lost >= self._most_lost_attempts * (1 + job.redrives):
            self._give_up(job, lost, touched_at=now)
        else:
            self._resume(job, lost)

    def _resume(self, job: Job, lost: int) -> None:
        self._outbox.ask_for_work(job)
        self._metrics.record({Metric.JOBS_RESUMED: 1})
        _log.warning("resumed", status=job.status, lost_attempts=lost)

    def _give_up(self, job: Job, lost: int, *, touched_at: datetime) -> None:
        """The notice first: of a job that is FAILED no worker sends one any more."""
        self._outbox.ask_for_notice(job.job_id, NoticeKind.FAILED)
        error = JobError.of(Fault.GAVE_UP, times=lost)
        self._jobs.give_up(job.job_id, now=self._clock.now(), unchanged_since=touched_at, error=error)
        self._metrics.record({Metric.JOBS_FAILED: 1})
        _log.error("given up", lost_attempts=lost)


def lost_attempts(job: Job) -> int:
    """Claims that came to no end of their own: the worker died, or handed the job back.

    One that parked the job came to its end: it planned chunks, or waits for another job. (A split job from
    before parks were counted has none.)
    """
    return job.attempts - job.failures - max(job.parks, int(job.split is not None))
