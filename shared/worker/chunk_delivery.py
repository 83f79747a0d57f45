"""One delivery of a chunk: claim it, work, and let its effects become durable in the one right order.

::

    claim ─▶ work ─▶ partial output stored ─▶ COMPLETED ─▶ next chunk (or assembly) asked for ─▶ deleted
      │        │
      │        ├─ PermanentError      notice accepted ─▶ job FAILED ─▶ message deleted
      │        ├─ anything else       try counted, QUEUED again ─▶ message hidden for the back-off;
      │        │                      after the last: notice accepted ─▶ job FAILED ─▶ dead letter
      │        ├─ LeaseLost           touch nothing
      │        └─ HandedBack          QUEUED again, no try counted ─▶ message visible at once
      ├─ many attempts were lost: it stops its workers ─▶ as after a PermanentError
      └─ refused: completed ─▶ next chunk asked for ─▶ deleted · held by another ─▶ later

A heartbeat extends the chunk's lease and then tells its job how far all chunks are. The job refuses once it
has ended: so a cancel, or the failure of another chunk, reaches every chunk with its next beat. Completed
chunks of a FAILED job stay, for a replay goes on from there.
"""

from __future__ import annotations

from contextlib import suppress

import structlog

from shared.domain.chunks import Chunk, ChunkRefused, ChunkStatus, mean_progress
from shared.domain.errors import LeaseLost, PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import GOING_ON, Job, JobError, JobStatus
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage, UnreadableMessage
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.chunk_store import ChunkStore, HeldChunk
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.queue import Delivery, MessageSender
from shared.settings import WorkerSettings
from shared.tracing import current_span, trace_job
from shared.worker.backoff import jittered
from shared.worker.claim import Claimant
from shared.worker.dispatch import ChunkDispatch
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later, LeftAlone, MessageHandler
from shared.worker.lease import BeatingLease, HandedBack, ended_by
from shared.worker.work import ChunkHandler, Discard

MOST_LOST_ATTEMPTS = 5
"""A chunk that neither succeeded nor failed this often has stopped its workers, by memory or a crash in
native code; every replay by an operator grants as many again."""

_log = get_logger(__name__)


class ChunkDelivery:
    """The ``MessageHandler`` of chunks' messages; it hands those of whole jobs to ``whole``.

    ``discard`` removes all that the service stored for a job, ``work`` knows how to for one chunk.
    """

    def __init__(
        self,
        *,
        whole: MessageHandler,
        jobs: JobStore,
        chunks: ChunkStore,
        dispatch: ChunkDispatch,
        notices: MessageSender,
        work: ChunkHandler,
        discard: Discard,
        owner: str,
        settings: WorkerSettings,
        retry_delays_seconds: tuple[float, ...],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._whole = whole
        self._jobs = jobs
        self._chunks = chunks
        self._dispatch = dispatch
        self._notices = notices
        self._work = work
        self._discard = discard
        self._claimant = Claimant(owner, settings.visibility_seconds, clock)
        self._retry_delays_seconds = retry_delays_seconds
        self._clock = clock
        self._metrics = metrics

    def __call__(self, delivery: Delivery, hold: Hold) -> Fate:
        """Do the chunk of one delivery and decide the message's fate."""
        try:
            message = JobMessage.from_body(delivery.body)
        except UnreadableMessage as unreadable:
            return DeadLetter(str(unreadable))
        if message.chunk is None:
            return self._whole(delivery, hold)
        with structlog.contextvars.bound_contextvars(job_id=message.job_id, chunk=message.chunk):
            job = self._jobs.get(message.job_id)
            if job is None or job.status not in GOING_ON:
                return self._fate_after_the_end(message.job_id, message.chunk, job)
            number = message.chunk
            return self._claimant.work_on(
                lambda terms: self._chunks.claim(job.job_id, number, **terms),
                work=lambda chunk: self._work_on(job, chunk, hold),
                refused=lambda chunk: self._fate_of_refused(job, chunk, delivery.receive_count),
            )

    def _fate_of_refused(self, job: Job, chunk: Chunk | None, receive_count: int) -> Fate:
        if chunk is None:
            return DeadLetter("there is no such chunk")
        if chunk.status is ChunkStatus.COMPLETED:
            # The worker that completed it may have died before it asked for the next.
            self._dispatch.send_next(job)
            return Done()
        if chunk.lease is None:
            return Done()  # WAITING: its turn brings a message of its own
        return self._claimant.wait_for(chunk.lease, "chunk", receive_count)

    def _work_on(self, job: Job, chunk: Chunk, hold: Hold) -> Fate:
        trace_job(job)
        current_span().annotate(chunk=chunk.number)
        held = HeldChunk(chunk.job_id, chunk.number, self._claimant.owner, chunk.attempts)
        lease = BeatingLease(
            f"chunk {chunk.number} of job {chunk.job_id}",
            lambda progress: self._extend(held, progress),
            hold=hold,
            lease_seconds=self._claimant.lease_seconds,
            clock=self._clock,
        )
        lost = chunk.attempts - 1 - chunk.failures
        if lost >= MOST_LOST_ATTEMPTS * (1 + chunk.redrives):
            return self._fail(job, held, JobError.of(Fault.GAVE_UP, times=lost), counts=False)
        hold.on_beat(lease.beat)
        hold.on_hand_back(lambda: self._release(held, counts=False))
        try:
            timings = self._work(job, chunk, lease)
            lease.check()
            self._chunks.complete(held, now=self._clock.now(), timings=timings)
            self._note_progress(job.job_id)
            self._dispatch.send_next(job)
        except PermanentError as error:
            _log.info("the input's fault", code=error.fault.code, sentence=str(error))
            current_span().annotate(code=error.fault.code)
            return self._fail(job, held, JobError(code=error.fault.code, message=str(error)), counts=False)
        except LeaseLost as lost:
            return self._fate_without_lease(job, held, lost)
        except HandedBack:
            self._release(held, counts=False)
            return Later(0, "this worker ends")
        except ChunkRefused as refused:
            return self._fate_without_lease(job, held, LeaseLost(str(refused)))
        except Exception as error:
            _log.warning("try failed", error=str(error), exc_info=True)
            current_span().fail(type(error).__name__)
            return self._retry(job, chunk, held, error)
        _log.info("chunk completed", **timings.model_dump())
        self._metrics.record({Metric.CHUNKS_COMPLETED: 1})
        return Done()

    def _extend(self, held: HeldChunk, progress: int) -> None:
        try:
            self._chunks.extend(
                held,
                now=self._clock.now(),
                lease_seconds=self._claimant.lease_seconds,
                progress=progress,
            )
        except ChunkRefused as refused:
            raise LeaseLost(str(refused)) from refused
        self._note_progress(held.job_id)

    def _note_progress(self, job_id: str) -> None:
        progress = mean_progress(self._chunks.list(job_id))
        try:
            self._jobs.note_progress(job_id, now=self._clock.now(), progress=progress)
        except TransitionRefused as refused:
            raise ended_by(refused) from refused

    def _release(self, held: HeldChunk, *, counts: bool) -> None:
        self._chunks.release(held, now=self._clock.now(), counts=counts)

    def _retry(self, job: Job, chunk: Chunk, held: HeldChunk, error: Exception) -> Fate:
        if chunk.failures >= len(self._retry_delays_seconds):
            fault = JobError.of(Fault.RETRIES_EXHAUSTED, tries=chunk.failures + 1)
            fate = self._fail(job, held, fault, counts=True)
            return DeadLetter(f"{type(error).__name__}: {error}") if fate == Done() else fate
        try:
            self._release(held, counts=True)
        except ChunkRefused as refused:
            return self._fate_without_lease(job, held, LeaseLost(str(refused)))
        self._metrics.record({Metric.TRIES_FAILED: 1})
        return Later(jittered(self._retry_delays_seconds[chunk.failures]), "this try failed")

    def _fail(self, job: Job, held: HeldChunk, error: JobError, *, counts: bool) -> Fate:
        """A chunk that fails for good fails its job: the other chunks learn of it with their next beat.

        It is released first, so that a replay need not wait for its lease.
        """
        notice = NoticeMessage(job_id=job.job_id, kind=NoticeKind.FAILED, sent_at=self._clock.now())
        try:
            self._release(held, counts=counts)
            self._notices.send(notice.to_body())
            self._jobs.fail_split(job.job_id, now=self._clock.now(), error=error)
        except ChunkRefused as refused:
            return self._fate_without_lease(job, held, LeaseLost(str(refused)))
        except TransitionRefused as refused:
            return self._fate_without_lease(job, held, ended_by(refused))
        self._metrics.record({Metric.JOBS_FAILED: 1})
        return Done()

    def _fate_without_lease(self, job: Job, held: HeldChunk, lost: LeaseLost) -> Fate:
        """The chunk is another worker's, unless the whole job has ended."""
        current = self._jobs.get(job.job_id)
        if current is None or current.status.is_final:
            with suppress(ChunkRefused):  # it may be gone, or never have been ours
                self._release(held, counts=False)
            return self._fate_after_the_end(job.job_id, held.number, current, user_id=job.user_id)
        _log.warning("lease lost", reason=str(lost))
        return LeftAlone()

    def _fate_after_the_end(
        self, job_id: str, number: int, job: Job | None, *, user_id: str | None = None
    ) -> Fate:
        """Nobody needs the chunk: what may have been stored of it too late is removed."""
        owner = user_id or (job.user_id if job else self._jobs.owner_of_deleted(job_id))
        if owner is None:
            return DeadLetter("there is no such job")
        status = job.status if job else None
        _log.info("the job has ended", status=status)
        if status in (None, JobStatus.CANCELLED):
            self._discard(owner, job_id)
        if status is not JobStatus.FAILED:
            self._work.discard_chunk(owner, job_id, number)
        return Done()
