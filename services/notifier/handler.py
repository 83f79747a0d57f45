"""One notice: find out how the job ended, and tell everybody who is to hear of it.

A notice is queued before its job is final (that way none is lost), so it may arrive a few milliseconds
early. It waits here for a moment, then in the queue: longer than that means that the worker died between
the two, and the worker that does the job again sends a notice of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from services.notifier.audience import AudienceOf
from services.notifier.batch_notices import BatchNotices
from services.notifier.composer import MailComposer
from services.notifier.mail_channel import MailChannel
from services.notifier.other_channels import OtherChannels
from shared.domain.jobs import Job
from shared.domain.messages import (
    BatchNoticeMessage,
    NoticeKind,
    NoticeMessage,
    UnreadableMessage,
    notice_id,
    read_notice,
)
from shared.log import get_logger
from shared.ports.job_store import JobStore
from shared.ports.queue import Delivery
from shared.tracing import trace_job
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later

POLL_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""How long to wait between looks at a job that is not final yet; 1.55 s in all."""

FIRST_RECHECK_SECONDS = 5
MOST_RECHECK_SECONDS = 300

_log = get_logger(__name__)


class NoticeHandler:
    """The ``MessageHandler`` of the notification queue."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        mail: MailChannel,
        composer: MailComposer,
        audience_of: AudienceOf,
        other_channels: OtherChannels,
        batches: BatchNotices,
        wake: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._mail = mail
        self._composer = composer
        self._audience_of = audience_of
        self._other_channels = other_channels
        self._batches = batches
        self._wake = wake
        self._sleep = sleep

    def __call__(self, delivery: Delivery, hold: Hold) -> Fate:  # noqa: ARG002
        """Send the notice of one delivery, unless it went out before or the job tells another story."""
        try:
            notice = read_notice(delivery.body)
        except UnreadableMessage as unreadable:
            return DeadLetter(str(unreadable))
        if isinstance(notice, BatchNoticeMessage):
            with structlog.contextvars.bound_contextvars(batch_id=notice.batch_id):
                return self._batches(notice)
        with structlog.contextvars.bound_contextvars(job_id=notice.job_id):
            if notice.kind is NoticeKind.CHANGED:
                return self._other_channels.tell_change(notice)
            job = self._job_once_final(notice.job_id)
            if job is None:
                return self._fate_without_job(notice.job_id)
            trace_job(job)
            if not job.status.is_final:
                return Later(recheck_seconds(delivery.receive_count), f"the job is {job.status.value}")
            if job.status.value != notice.kind.value:
                _log.info("notice dropped: the job ended otherwise", kind=notice.kind, status=job.status)
                return Done()
            return self._tell(job, notice)

    def _tell(self, job: Job, notice: NoticeMessage) -> Fate:
        if notice.channel is not None:
            return self._other_channels.tell(job, notice, notice.channel)
        audience = self._audience_of(job, notice.kind)
        self._other_channels.ask(notice, audience.channels)
        if audience.batch_id is not None:
            self._batches.job_ended(job, audience.batch_id)
        if audience.wakes is not None:
            self._wake(audience.wakes)
        told = notice_id(job, notice.kind)
        if audience.by_mail:
            return self._mail.tell(
                told, job.user_id, lambda to, now: self._composer.compose(job, to=to, now=now)
            )
        return self._mail.settle_unsent(told, "nobody is to be mailed about it")

    def _fate_without_job(self, job_id: str) -> Fate:
        if self._jobs.owner_of_deleted(job_id) is None:
            return DeadLetter("there is no such job")
        _log.info("notice dropped: its owner deleted the job")
        return Done()

    def _job_once_final(self, job_id: str) -> Job | None:
        job = self._jobs.get(job_id)
        for seconds in POLL_SECONDS:
            if job is None or job.status.is_final:
                break
            self._sleep(seconds)
            job = self._jobs.get(job_id)
        return job


def recheck_seconds(receive_count: int) -> float:
    """5, 10, 20, … at most 300 seconds, by how often the message was received (from 1)."""
    return float(min(MOST_RECHECK_SECONDS, FIRST_RECHECK_SECONDS * 2 ** min(receive_count - 1, 10)))
