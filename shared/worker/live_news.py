"""Tells the notifier that a job changed which somebody watches: a listener of the job store.

::

    a job's record is written ─▶ nobody watches: nothing more
                              └▶ CHANGED into the notification queue ─▶ notifier ─▶ every watcher's connection

How a job COMPLETED or FAILED its owner's notice tells, which was queued before the write and can't get lost.
A cancelled or expired job has no such notice: it is told of right after the write, once more if the queue
does not take it at first; a process that dies in between leaves its watchers to ask.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from shared.domain.errors import TransientError
from shared.domain.jobs import Job, JobStatus
from shared.domain.live import state_of
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.queue import MessageSender

LEAST_SECONDS = 2.0
"""Between two messages of one job's progress: chunks that are heard side by side each report it."""
_MOST_REMEMBERED = 1_000
_TOLD_BY_NOTICE = frozenset({JobStatus.COMPLETED, JobStatus.FAILED})

_log = get_logger(__name__)


class LiveNews:
    """A ``JobListener``. Its ``notices`` must give up within seconds: heartbeats wait for it."""

    def __init__(self, notices: MessageSender, clock: Clock) -> None:
        self._notices = notices
        self._clock = clock
        self._told: OrderedDict[str, tuple[str, str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, job: Job) -> None:
        """Pass it on, if somebody watches, it is new, and nobody else does."""
        if not job.watchers or job.status in _TOLD_BY_NOTICE or not self._is_due(job):
            return
        notice = NoticeMessage(
            job_id=job.job_id,
            kind=NoticeKind.CHANGED,
            watchers=tuple(sorted(job.watchers)) if job.status.is_final else None,
            sent_at=self._clock.now(),
        )
        try:
            self._notices.send(notice.to_body())
        except TransientError as error:  # the next change tells
            _log.warning("watchers were not told", job_id=job.job_id, error=str(error))

    def _is_due(self, job: Job) -> bool:
        state, now = state_of(job), self._clock.monotonic()
        with self._lock:
            known, milestone, told_at = self._told.get(job.job_id, ("", "", 0.0))
            if known == state or (milestone == _milestone_of(job) and now - told_at < LEAST_SECONDS):
                return False
            self._told[job.job_id] = (state, _milestone_of(job), now)
            self._told.move_to_end(job.job_id)
            if len(self._told) > _MOST_REMEMBERED:
                self._told.popitem(last=False)
        return True


def _milestone_of(job: Job) -> str:
    """What is told of at once; percents in between may wait."""
    return f"{job.attempts}-{job.status.value}-{job.current_step}"
