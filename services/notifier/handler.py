"""One notice: find out how the job ended, and tell its owner once.

::

    job final? ─▶ mail composed ─▶ right to send claimed ─▶ mail sent ─▶ recorded ─▶ message deleted
                                                                     ▲
                                                       a crash here sends the mail twice

No carrier takes a mail and our record of it in one step, so a process that dies between the two leaves
a choice: mail again, or perhaps not at all. We mail again: a second mail is a nuisance, a missing one
leaves an owner waiting for good. The claim keeps two deliveries at the same time, and every later one,
from mailing twice. A carrier that says no at once (it throttles) leaves no such choice: the claim is
released, and the message comes back after the loop's short back-off.

A notice is queued before its job is final (that way none is lost), so it may arrive a few milliseconds
early. It waits here for a moment, then in the queue: longer than that means that the worker died between
the two, and the worker that does the job again sends a notice of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from services.notifier.composer import MailComposer
from services.notifier.other_channels import OtherChannels
from shared.domain.email import Email
from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.domain.jobs import Job
from shared.domain.messages import NoticeKind, NoticeMessage, UnreadableMessage, notice_id
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.mailer import Mailer, MailNotTaken, RecipientRefused
from shared.ports.notice_log import EMAIL, NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.ports.queue import Delivery
from shared.ports.user_directory import UserDirectory
from shared.tracing import trace_job
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later

CHANNEL = EMAIL

SENDING_LEASE_SECONDS = 90
"""Above what a claim and a send can take, their clients' timeouts included: nobody else sends meanwhile."""

POLL_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""How long to wait between looks at a job that is not final yet; 1.55 s in all."""

RECORD_AGAIN_SECONDS = 0.5

FIRST_RECHECK_SECONDS = 5
MOST_RECHECK_SECONDS = 300

_log = get_logger(__name__)


class NoticeHandler:
    """The ``MessageHandler`` of the notification queue."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        users: UserDirectory,
        notice_log: NoticeLog,
        mailer: Mailer,
        composer: MailComposer,
        clock: Clock,
        metrics: Metrics,
        other_channels: OtherChannels | None = None,
        sending_lease_seconds: float = SENDING_LEASE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._notice_log = notice_log
        self._mailer = mailer
        self._composer = composer
        self._clock = clock
        self._metrics = metrics
        self._other_channels = other_channels
        self._sending_lease_seconds = sending_lease_seconds
        self._sleep = sleep

    def __call__(self, delivery: Delivery, hold: Hold) -> Fate:  # noqa: ARG002
        """Send the notice of one delivery, unless it went out before or the job tells another story."""
        try:
            notice = NoticeMessage.from_body(delivery.body)
        except UnreadableMessage as unreadable:
            return DeadLetter(str(unreadable))
        with structlog.contextvars.bound_contextvars(job_id=notice.job_id):
            if notice.kind is NoticeKind.CHANGED:
                return Done() if self._other_channels is None else self._other_channels.tell_change(notice)
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
            if self._other_channels is None:
                return DeadLetter(f"nobody serves the channel {notice.channel}")
            return self._other_channels.tell(job, notice, notice.channel)
        if self._other_channels is not None:
            self._other_channels.ask(job, notice)
        return self._tell_owner(job, notice.kind)

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

    def _tell_owner(self, job: Job, kind: NoticeKind) -> Fate:
        notice = notice_id(job, kind)
        user = self._users.get(job.user_id)
        if user is None:
            return self._refuse(notice, "there is no such user")
        if user.email is None:
            self._notice_log.record_refused(notice, CHANNEL, now=self._clock.now())
            _log.info("no mail: the owner has no address")
            return Done()
        # Composed before the claim: what fails here must not hold the right to send.
        email = self._composer.compose(job, to=user.email, now=self._clock.now())
        try:
            mail_id = self._send(notice, email)
        except NoticeAlreadySent:
            _log.info("notice dropped: it went out before")
            return Done()
        except NoticeBeingSent:
            return Later(self._sending_lease_seconds, "somebody else is sending this notice")
        except RecipientRefused as refused:
            return self._refuse(notice, f"recipient refused: {refused}")
        self._record(notice, mail_id)
        self._metrics.record({Metric.NOTICES_SENT: 1})
        _log.info("notice sent", channel=CHANNEL, status=job.status, mail_id=mail_id)
        return Done()

    def _send(self, notice: str, email: Email) -> str:
        """Claim, then send; a mail that surely did not go out leaves no claim behind."""
        owner = new_id()
        self._notice_log.claim(
            notice,
            CHANNEL,
            owner=owner,
            now=self._clock.now(),
            lease_seconds=self._sending_lease_seconds,
        )
        try:
            return self._mailer.send(email)
        except MailNotTaken:
            self._notice_log.release(notice, CHANNEL, owner=owner, now=self._clock.now())
            raise

    def _record(self, notice: str, mail_id: str) -> None:
        """Put on record that the mail is out, and repeat that for as long as nobody else may send it.

        Only a dead process may lose sight of a mail: an outage of the table must not be enough.
        """
        deadline = self._clock.monotonic() + self._sending_lease_seconds
        while True:
            try:
                self._notice_log.record_sent(notice, CHANNEL, message_id=mail_id, now=self._clock.now())
                return
            except TransientError as error:
                if self._clock.monotonic() >= deadline:
                    raise
                _log.warning("a sent mail could not be put on record yet", error=str(error))
            self._sleep(RECORD_AGAIN_SECONDS)

    def _refuse(self, notice: str, reason: str) -> Fate:
        """Nobody can be told: on record, so that only an operator's replay tries again."""
        self._notice_log.record_refused(notice, CHANNEL, now=self._clock.now())
        return DeadLetter(reason)


def recheck_seconds(receive_count: int) -> float:
    """5, 10, 20, … at most 300 seconds, by how often the message was received (from 1)."""
    return float(min(MOST_RECHECK_SECONDS, FIRST_RECHECK_SECONDS * 2 ** min(receive_count - 1, 10)))
