"""One notice for a whole batch: sees when the last of its jobs has ended, and has its owner told once.

::

    a job ended ─▶ the one that its batch waits for? ── no ─▶ nothing: one small read
                              │ yes
                              └─▶ batch looked at ─▶ another that has not ended ─▶ waited for from now on
                                        │ none
                                        └─▶ outcome kept ─▶ webhooks, event bus ─▶ mail ─▶ no longer open

Nothing is counted, so nothing drifts. A batch waits for its last job first, which most likely ends last: then
each other end costs a read, and the look at all jobs comes once. Who lets the batch wait for another job
looks at that one again: if it ended in between, its own notice has found that nobody waited for it.

Jobs that end without a notice (cancelled, expired, deleted) are found by the reconciler, which asks for a
look at open batches whose awaited job has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from services.notifier.audience import Audience
from services.notifier.composer import MailComposer
from services.notifier.mail_channel import MailChannel
from services.notifier.other_channels import OtherChannels
from shared.domain.batches import Batch, BatchOutcome, OpenBatch
from shared.domain.jobs import Job
from shared.domain.messages import BatchNoticeMessage, batch_notice_id
from shared.log import get_logger
from shared.ports.batch_store import BatchStore
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.queue import MessageSender
from shared.worker.fate import Done, Fate, Later

JOBS_A_READ = 100

BEING_MADE = timedelta(minutes=2)
"""A call that makes a batch is over by then, or has died."""

_LOOK_AGAIN_SECONDS = 10

_log = get_logger(__name__)


class BatchNotices:
    """What the notifier does about batches."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        batches: BatchStore,
        audience_of: Callable[[Batch], Audience],
        other_channels: OtherChannels,
        mail: MailChannel,
        composer: MailComposer,
        queue: MessageSender,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._batches = batches
        self._audience_of = audience_of
        self._other_channels = other_channels
        self._mail = mail
        self._composer = composer
        self._queue = queue
        self._clock = clock

    def job_ended(self, job: Job, batch_id: str) -> None:
        """Have the batch looked at, if it waits for this job."""
        opened = self._batches.opened(job.user_id, batch_id)
        if opened is None or opened.awaited != job.job_id:
            return
        notice = BatchNoticeMessage(user_id=job.user_id, batch_id=batch_id, sent_at=self._clock.now())
        self._queue.send(notice.to_body())

    def __call__(self, notice: BatchNoticeMessage) -> Fate:
        """Look at the batch, and tell of it if it has ended."""
        batch = self._batches.get(notice.user_id, notice.batch_id)
        if batch is None:
            self._batches.close(notice.user_id, notice.batch_id)
            _log.info("notice dropped: the batch is gone")
            return Done()
        if notice.channel is not None:
            return self._tell_channel(batch, notice, notice.channel)
        opened = self._batches.opened(notice.user_id, notice.batch_id)
        if opened is None:
            _log.info("notice dropped: the batch was told of before")
            return Done()
        if not batch.complete and self._clock.now() < batch.created_at + BEING_MADE:
            return Later(_LOOK_AGAIN_SECONDS, "the batch is being made")
        outcome = batch.outcome or self._outcome_of(batch, opened)
        if outcome is None:
            return Done()
        return self._tell(batch, outcome, notice)

    def _tell_channel(self, batch: Batch, notice: BatchNoticeMessage, channel: str) -> Fate:
        if batch.outcome is None:
            return Later(_LOOK_AGAIN_SECONDS, "the batch has no outcome")
        return self._other_channels.tell_of_batch(batch, batch.outcome, channel, replay=notice.replay)

    def _tell(self, batch: Batch, outcome: BatchOutcome, notice: BatchNoticeMessage) -> Fate:
        for channel in self._audience_of(batch).channels:
            self._queue.send(notice.model_copy(update={"channel": channel}).to_body())
        fate = self._mail.tell(
            batch_notice_id(batch.batch_id),
            batch.user_id,
            lambda to, _now: self._composer.compose_for_batch(batch, outcome, to=to),
        )
        if not isinstance(fate, Later):
            self._batches.close(batch.user_id, batch.batch_id)
        return fate

    def _outcome_of(self, batch: Batch, opened: OpenBatch) -> BatchOutcome | None:
        """How all of its jobs ended; None while one goes on, for which the batch waits then."""
        while not self._goes_on(opened.awaited):
            job_id = self._last_open(_before(opened.awaited, batch.job_ids))
            if job_id is None:
                jobs = self._jobs_of(batch.job_ids)
                job_id = next((job.job_id for job in jobs if not job.status.is_final), None)
                if job_id is None:
                    outcome = BatchOutcome.of(batch, jobs, now=self._clock.now())
                    settled = self._batches.settle(batch, outcome)
                    return None if settled is None else settled.outcome
            if not self._batches.await_another(opened, awaited=job_id):
                return None  # somebody else looks at it
            opened = opened.model_copy(update={"awaited": job_id})
        return None

    def _goes_on(self, job_id: str) -> bool:
        job = self._jobs.get(job_id)
        return job is not None and not job.status.is_final

    def _last_open(self, job_ids: Sequence[str]) -> str | None:
        """The last of them that had not ended a moment ago."""
        for end in range(len(job_ids), 0, -JOBS_A_READ):
            jobs = self._jobs_of(job_ids[max(0, end - JOBS_A_READ) : end])
            still_open = {job.job_id for job in jobs if not job.status.is_final}
            if still_open:
                return max(still_open, key=job_ids.index)
        return None

    def _jobs_of(self, job_ids: Sequence[str]) -> list[Job]:
        """Those that are left. One that a read a moment old leaves out is asked for by itself."""
        starts = range(0, len(job_ids), JOBS_A_READ)
        found = [job for start in starts for job in self._jobs.get_many(job_ids[start : start + JOBS_A_READ])]
        missing = set(job_ids) - {job.job_id for job in found}
        return found + [job for job_id in sorted(missing) if (job := self._jobs.get(job_id)) is not None]


def _before(job_id: str, job_ids: Sequence[str]) -> Sequence[str]:
    """Those whose turn to be waited for has not come; all where the id is none of theirs."""
    return job_ids[: job_ids.index(job_id)] if job_id in job_ids else job_ids
