"""COMPLETED and FAILED jobs whose owner was never told: the notice is asked for again.

A notice is accepted by its queue before its job ends, so it can only get lost later: in an outage of the
mail service longer than the queue's ``maxReceiveCount`` lasts, or with a queue that somebody purged. The
notice log says what went out; a notice that it calls sent or refused is settled. Dead letters of the
notification queue are therefore left to operators: those that a copy can help get one from here.

No index knows what was not sent, so every ended job of the window is looked at, once a round. For
100,000 jobs that is 3,000 calls and some 101,000 read units: 1,000 queries of 100 keys (1,400 units), as
many batched reads of records and of notice records (half a unit an item). At 0.125 USD a million that
is 0.013 USD a round. Only a notice that is missing costs a message.
"""

from __future__ import annotations

from datetime import timedelta

from services.reconciler.doors import Doors
from services.reconciler.walk import Walk
from shared.domain.jobs import JobStatus
from shared.domain.messages import NoticeKind, notice_id
from shared.log import get_logger
from shared.metrics import Metric
from shared.ports.notice_log import EMAIL

_log = get_logger(__name__)


class NoticeSweep:
    """Looks at jobs that ended in one way, a while ago and within the window."""

    def __init__(self, doors: Doors, kind: NoticeKind) -> None:
        self._kind = kind
        self._walk = Walk(
            doors,
            most_jobs=doors.limits.most_ended_jobs_a_sweep,
            round_seconds=doors.limits.notice_round_seconds,
        )
        self._notice_log = doors.notice_log
        self._outbox = doors.outbox
        self._clock = doors.clock
        self._metrics = doors.metrics
        self._grace = timedelta(seconds=doors.limits.notice_grace_seconds)
        self._window = timedelta(seconds=doors.limits.notice_window_seconds)

    def __call__(self) -> None:
        """One run."""
        now = self._clock.now()
        pages = self._walk.pages(
            f"notices-{self._kind.lower()}",
            JobStatus(self._kind.value),
            created_since=now - self._window,
            created_until=now - self._grace,
        )
        for page in pages:
            ended = (job for job in page if (job.completed_at or job.updated_at) <= now - self._grace)
            job_ids = {notice_id(job, self._kind): job.job_id for job in ended if not job.quiet}
            for notice in sorted(self._notice_log.unsettled(list(job_ids), EMAIL)):
                job_id = job_ids[notice]
                self._outbox.ask_for_notice(job_id, self._kind)
                self._metrics.record({Metric.NOTICES_REPEATED: 1})
                _log.warning("notice asked for again", job_id=job_id, kind=self._kind)
