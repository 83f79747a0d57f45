"""What the reconciler sends: each of it a copy of a message that may have been lost.

All receivers take copies: the router looks at the file's state, a claim is refused to the second worker,
and the notice log lets each notice out once.
"""

from __future__ import annotations

import json
from urllib.parse import quote_plus

from shared.domain.jobs import Job
from shared.domain.messages import BatchNoticeMessage, NoticeKind, NoticeMessage
from shared.ports.clock import Clock
from shared.ports.queue import MessageSender
from shared.worker.job_queues import JobQueues


class Outbox:
    """The queues that work is asked for through."""

    def __init__(
        self, *, uploads: MessageSender, work: JobQueues, notices: MessageSender, clock: Clock
    ) -> None:
        self._uploads = uploads
        self._work = work
        self._notices = notices
        self._clock = clock

    def announce_upload(self, key: str) -> None:
        """Tell the router of an object, as storage would have: it does the checks and all the rest."""
        self._uploads.send(upload_notification(key))

    def ask_for_work(self, job: Job) -> None:
        """Ask a worker to do a job."""
        self._work.ask(job)

    def ask_for_notice(self, job_id: str, kind: NoticeKind) -> None:
        """Ask the notifier to tell the job's owner."""
        notice = NoticeMessage(job_id=job_id, kind=kind, sent_at=self._clock.now())
        self._notices.send(notice.to_body())

    def ask_for_batch_notice(self, user_id: str, batch_id: str) -> None:
        """Ask the notifier to see whether a batch has ended."""
        notice = BatchNoticeMessage(user_id=user_id, batch_id=batch_id, sent_at=self._clock.now())
        self._notices.send(notice.to_body())


def upload_notification(key: str) -> str:
    """The body of S3's notification that an object was created, with what readers of it look at.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html; keys are
    URL-encoded there.
    """
    record = {
        "eventSource": "escriba:reconciler",
        "eventName": "ObjectCreated:Put",
        "s3": {"object": {"key": quote_plus(key)}},
    }
    return json.dumps({"Records": [record]})
