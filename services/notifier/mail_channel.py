"""One mail for one notice: sent once, whatever the queue repeats.

::

    mail composed ─▶ right to send claimed ─▶ mail sent ─▶ recorded ─▶ message deleted
                                                       ▲
                                         a crash here sends the mail twice

No carrier takes a mail and our record of it in one step, so a process that dies between the two leaves
a choice: mail again, or perhaps not at all. We mail again: a second mail is a nuisance, a missing one
leaves an owner waiting for good. The claim keeps two deliveries at the same time, and every later one,
from mailing twice. A carrier that says no at once (it throttles) leaves no such choice: the claim is
released, and the message comes back after the loop's short back-off.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from shared.domain.email import Email
from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.mailer import Mailer, MailNotTaken, RecipientRefused
from shared.ports.notice_log import EMAIL, NoticeAlreadySent, NoticeBeingSent, NoticeLog
from shared.ports.user_directory import UserDirectory
from shared.worker.fate import DeadLetter, Done, Fate, Later

CHANNEL = EMAIL

SENDING_LEASE_SECONDS = 90
"""Above what a claim and a send can take, their clients' timeouts included: nobody else sends meanwhile."""

RECORD_AGAIN_SECONDS = 0.5

Compose = Callable[[str, datetime], Email]
"""The mail to an address, as of a time."""

_log = get_logger(__name__)


class MailChannel:
    """Mails owners."""

    def __init__(
        self,
        *,
        users: UserDirectory,
        notice_log: NoticeLog,
        mailer: Mailer,
        clock: Clock,
        metrics: Metrics,
        sending_lease_seconds: float = SENDING_LEASE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._users = users
        self._notice_log = notice_log
        self._mailer = mailer
        self._clock = clock
        self._metrics = metrics
        self._sending_lease_seconds = sending_lease_seconds
        self._sleep = sleep

    def tell(self, notice: str, user_id: str, compose: Compose) -> Fate:
        """Send the mail of a notice, unless it went out before. Raises what the carrier raises."""
        user = self._users.get(user_id)
        if user is None:
            return self._refuse(notice, "there is no such user")
        if user.email is None:
            return self.settle_unsent(notice, "the owner has no address")
        # Composed before the claim: what fails here must not hold the right to send.
        email = compose(user.email, self._clock.now())
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
        _log.info("notice sent", channel=CHANNEL, mail_id=mail_id)
        return Done()

    def settle_unsent(self, notice: str, reason: str) -> Fate:
        """Nobody is to be mailed. On record, or the reconciler would ask for the mail again and again."""
        self._notice_log.record_refused(notice, CHANNEL, now=self._clock.now())
        _log.info("no mail", reason=reason)
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
