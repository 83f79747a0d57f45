"""Live progress: what the connections that watch a job are told of it.

::

    CHANGED ─▶ still going on ─▶ progress to every watcher, once; what fails or is late is dropped
            └▶ cancelled, expired ─┐
    notice of an ending ─▶ live ───┴▶ right to tell claimed ─▶ each told, and a watcher no more ─▶ recorded

A slow or failing connection costs its own message alone: of progress the next change tells more, and an
ending is tried again for two minutes. Nobody joins a job that has ended, so those that are left are those
to be told.
"""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus
from shared.domain.live import LiveEnded, LiveMessage
from shared.domain.messages import LIVE_CHANNEL, NoticeMessage, notice_id
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.notice_log import NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.worker.fate import Done, Fate, Later
from shared.worker.listeners import Listeners
from shared.worker.live_messages import LiveMessages

PROGRESS_SECONDS = 5.0
"""How long one piece of progress may take to be told to all: a mail may wait behind it."""
END_SECONDS = 15.0
LATE_SECONDS = 30.0
"""Progress that waited for longer is not told: newer is under way."""
AGAIN_SECONDS = 5.0
GIVE_UP_SECONDS = 120.0

_log = get_logger(__name__)


class LiveChannel:
    """Tells watchers."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        listeners: Listeners,
        messages: LiveMessages,
        notice_log: NoticeLog,
        clock: Clock,
        sending_lease_seconds: float,
    ) -> None:
        self._jobs = jobs
        self._listeners = listeners
        self._messages = messages
        self._notice_log = notice_log
        self._clock = clock
        self._sending_lease_seconds = sending_lease_seconds

    def tell_change(self, notice: NoticeMessage) -> Fate:
        """Tell how a job goes on, or that it was cancelled or expired. Its message is never kept for long."""
        if not notice.watchers and self._age_seconds(notice) > LATE_SECONDS:
            return Done()
        try:
            job = self._jobs.get(notice.job_id)
        except TransientError:
            if notice.watchers:
                raise
            return Done()
        if job is None:
            return self._tell_of_deleted(notice)
        if job.status in (JobStatus.COMPLETED, JobStatus.FAILED):
            return Done()  # told with its owner's notice
        if job.status.is_final:
            return self.tell_end(job, notice)
        self._tell_progress(job)
        return Done()

    def tell_end(self, job: Job, notice: NoticeMessage) -> Fate:
        """Tell how a job ended to those who are left to be told, once."""
        told, owner = notice_id(job, notice.kind), new_id()
        try:
            self._notice_log.claim(
                told,
                LIVE_CHANNEL,
                owner=owner,
                now=self._clock.now(),
                lease_seconds=self._sending_lease_seconds,
            )
        except NoticeAlreadySent:
            return Done()
        except NoticeBeingSent:
            return Later(self._sending_lease_seconds, "somebody else is telling those who watch")
        untold = self._tell(job.job_id, job.watchers, self._messages.of(job), END_SECONDS, is_last=True)
        if untold and self._age_seconds(notice) < GIVE_UP_SECONDS:
            self._notice_log.release(told, LIVE_CHANNEL, owner=owner, now=self._clock.now())
            return Later(AGAIN_SECONDS, "some who watch could not be told")
        self._jobs.unwatch(job.job_id, untold)
        self._notice_log.record_sent(told, LIVE_CHANNEL, message_id=told, now=self._clock.now())
        return Done()

    def _tell_progress(self, job: Job) -> None:
        try:
            self._tell(job.job_id, job.watchers, self._messages.of(job), PROGRESS_SECONDS, is_last=False)
        except TransientError as error:
            _log.warning("progress was not told", error=str(error))

    def _tell_of_deleted(self, notice: NoticeMessage) -> Fate:
        """A job is cancelled before it is deleted: then its notice alone still knows who watched."""
        ended = LiveEnded(type="cancelled", job_id=notice.job_id)
        untold = self._tell(notice.job_id, notice.watchers or (), ended, END_SECONDS, is_last=True)
        if untold and self._age_seconds(notice) < GIVE_UP_SECONDS:
            return Later(AGAIN_SECONDS, "some who watched could not be told")
        return Done()

    def _tell(
        self, job_id: str, watchers: Collection[str], message: LiveMessage, seconds: float, *, is_last: bool
    ) -> frozenset[str]:
        text = message.model_dump_json(by_alias=True)
        return self._listeners.tell(job_id, watchers, text, seconds=seconds, is_last=is_last)

    def _age_seconds(self, notice: NoticeMessage) -> float:
        return (self._clock.now() - notice.sent_at).total_seconds()
