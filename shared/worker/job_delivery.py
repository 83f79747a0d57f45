"""One delivery of a job: claim it, work, and let its effects become durable in the one right order.

::

    claim ─▶ work ─▶ outputs stored ─▶ notice accepted by its queue ─▶ COMPLETED ─▶ message deleted
      │        │
      │        ├─ PermanentError      notice accepted ─▶ FAILED ─▶ message deleted
      │        ├─ anything else       try counted, QUEUED again ─▶ message hidden for the back-off;
      │        │                      after the last: notice accepted ─▶ FAILED ─▶ dead letter
      │        ├─ LeaseLost           touch nothing
      │        ├─ JobCancelled        what it stored removed ─▶ message deleted
      │        └─ HandedBack          QUEUED again, no try counted ─▶ message visible at once
      └─ refused: finished ─▶ message deleted · held by another ─▶ hidden until that lease runs out
                  cancelled or deleted by its owner ─▶ what a try stored removed ─▶ message deleted

Work that is split into chunks parks its job and lets it go on by itself::

    claim ─▶ work: SplitWork ─▶ parked ─▶ chunks' messages accepted ─▶ message deleted

A worker that dies after parking leaves its message, whose next delivery claims the job, finds it split and
sends what is missing. So does the message that the last chunk sends, which finds the job ready to assemble.

Work that waits for another job parks its own as well. The other's end, told by the notifier, sends its
message again; an end that came before the parking is seen here; what gets lost the reconciler sends::

    claim ─▶ work: WaitingWork ─▶ parked ─▶ message deleted, or back at once if the other has ended

A process may die between any two steps: each can be repeated, and the next delivery repeats them. The
notice goes before the state because a COMPLETED job is never looked at again, and a notice that was
not sent would be lost; the notifier waits for the state and sends each notice once.

A try may store its outputs just after its job was cancelled, or deleted with all that had been stored by
then. So whoever finds the job gone removes what there is; a worker that dies before it has done so leaves
its message, whose next delivery finds the job gone as well.
"""

from __future__ import annotations

import structlog

from shared.domain.errors import JobCancelled, LeaseLost, PermanentError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.jobs import (
    Job,
    JobError,
    JobStatus,
    Split,
    Timings,
)
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage, UnreadableMessage
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.queue import Delivery, MessageSender
from shared.settings import WorkerSettings
from shared.tracing import current_span, trace_job
from shared.worker.backoff import jittered
from shared.worker.claim import RECHECK_SECONDS, Claimant
from shared.worker.dispatch import ChunkDispatch
from shared.worker.fate import DeadLetter, Done, Fate, Hold, Later, LeftAlone
from shared.worker.lease import HandedBack, JobLease, ended_by
from shared.worker.measured import facts_of, measures_of, queue_wait_ms
from shared.worker.work import Discard, FinishedWork, JobHandler, SplitWork, WaitingWork

_log = get_logger(__name__)


class JobDelivery:
    """The ``MessageHandler`` of every job queue; ``work`` is what the service does with a job.

    ``discard`` removes what ``work`` stored. A service whose work may be split hands in ``chunks``; one whose
    work is done in parts, chunks or steps, ``tidy``, which removes what is of no use once all are done.
    ``dollars_per_second`` is what one delivery at a time costs (0: not known).
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        notices: MessageSender,
        work: JobHandler,
        discard: Discard,
        chunks: ChunkDispatch | None = None,
        tidy: Discard | None = None,
        owner: str,
        settings: WorkerSettings,
        retry_delays_seconds: tuple[float, ...],
        clock: Clock,
        metrics: Metrics,
        dollars_per_second: float = 0.0,
    ) -> None:
        self._jobs = jobs
        self._notices = notices
        self._work = work
        self._discard = discard
        self._chunks = chunks
        self._tidy = tidy
        self._claimant = Claimant(owner, settings.visibility_seconds, clock)
        self._retry_delays_seconds = retry_delays_seconds
        self._clock = clock
        self._metrics = metrics
        self._dollars_per_second = dollars_per_second

    def __call__(self, delivery: Delivery, hold: Hold) -> Fate:
        """Do the job of one delivery and decide the message's fate."""
        try:
            message = JobMessage.from_body(delivery.body)
        except UnreadableMessage as unreadable:
            return DeadLetter(str(unreadable))
        with structlog.contextvars.bound_contextvars(job_id=message.job_id):
            return self._claimant.work_on(
                lambda terms: self._jobs.claim(message.job_id, **terms),
                work=lambda job: self._work_on(job, hold),
                refused=lambda job: self._fate_of_refused(message.job_id, job, delivery.receive_count),
            )

    def _fate_of_refused(self, job_id: str, job: Job | None, receive_count: int) -> Fate:
        if job is None:
            owner = self._jobs.owner_of_deleted(job_id)
            return DeadLetter("there is no such job") if owner is None else self._clear_away(owner, job_id)
        if job.status is JobStatus.CANCELLED:
            return self._clear_away(job.user_id, job_id)
        if job.status.is_final:
            _log.info("a copy of a finished job's message", status=job.status)
            self._tidy_up(job)
            return Done()
        if job.lease is not None:
            return self._claimant.wait_for(job.lease, "job", receive_count)
        return Later(RECHECK_SECONDS, f"the job is {job.status.value}")

    def _work_on(self, job: Job, hold: Hold) -> Fate:
        trace_job(job)
        lease = JobLease(
            job,
            owner=self._claimant.owner,
            jobs=self._jobs,
            hold=hold,
            lease_seconds=self._claimant.lease_seconds,
            clock=self._clock,
        )
        hold.on_beat(lease.beat)
        hold.on_hand_back(lambda: self._release(lease))
        started = self._clock.monotonic()
        try:
            if job.split is not None:
                self._keep_progress(lease)
            result = self._work(job, lease)
            lease.check()
            if isinstance(result, SplitWork):
                return self._park(job, lease, result)
            if isinstance(result, WaitingWork):
                return self._wait(lease, result)
            return self._complete(job, lease, result, started)
        except PermanentError as error:
            _log.info("the input's fault", code=error.fault.code, sentence=str(error))
            current_span().annotate(code=error.fault.code)
            return self._fail(job, lease, JobError(code=error.fault.code, message=str(error)), counts=False)
        except LeaseLost as lost:
            return self._fate_without_lease(job, lost)
        except HandedBack:
            self._release(lease)
            return Later(0, "this worker ends")
        except TransitionRefused as refused:
            return self._fate_without_lease(job, ended_by(refused))
        except Exception as error:
            _log.warning("try failed", error=str(error), exc_info=True)
            current_span().fail(type(error).__name__)
            return self._retry(job, lease, error)

    @staticmethod
    def _keep_progress(lease: JobLease) -> None:
        """A claim begins the progress anew, but a job in chunks goes on: here it is (almost) done."""
        lease.report(99)
        lease.beat()

    def _park(self, job: Job, lease: JobLease, work: SplitWork) -> Fate:
        if self._chunks is None:
            raise NotImplementedError("this service's jobs can't be split")
        split = job.split or Split(
            chunks=work.chunks,
            started_at=job.started_at or self._clock.now(),
            queue_wait_ms=queue_wait_ms(job),
            planning_ms=work.planning_ms,
        )
        progress = self._chunks.progress_of(job.job_id)
        parked = self._jobs.park(lease.held, now=self._clock.now(), split=split, progress=progress)
        if job.split is None:
            self._metrics.record({Metric.JOBS_SPLIT: 1})
        self._chunks.send_missing(parked)
        _log.info("in chunks", chunks=split.chunks)
        return Done()

    def _wait(self, lease: JobLease, work: WaitingWork) -> Fate:
        self._jobs.park(lease.held, now=self._clock.now(), split=None, progress=work.progress)
        _log.info("waits for another job")
        return Later(0, "what it waited for has ended") if work.is_over() else Done()

    def _tidy_up(self, job: Job) -> None:
        in_parts = job.split is not None or job.type.is_workflow
        if in_parts and job.status is JobStatus.COMPLETED and self._tidy is not None:
            self._tidy(job.user_id, job.job_id)

    def _complete(self, job: Job, lease: JobLease, finished: FinishedWork, started: float) -> Fate:
        notice_started = self._clock.monotonic()
        self._send_notice(job, NoticeKind.COMPLETED)
        ended = self._clock.monotonic()
        known = finished.timings
        waited_ms = job.split.queue_wait_ms if job.split else queue_wait_ms(job)
        total_ms = self._since_planned_ms(job.split) if job.split else (ended - started) * 1000
        timings = known.model_copy(
            update={
                "queue_wait_ms": known.queue_wait_ms if known.total_ms else waited_ms,
                "notice_ms": (ended - notice_started) * 1000,
                "total_ms": known.total_ms or total_ms,
            }
        )
        completed = self._jobs.complete(
            lease.held,
            now=self._clock.now(),
            result=finished.result,
            outputs=finished.outputs,
            timings=timings,
        )
        self._record_completed(completed, finished, timings)
        self._tidy_up(completed)
        return Done()

    def _since_planned_ms(self, split: Split) -> float:
        return max(0.0, (self._clock.now() - split.started_at).total_seconds() * 1000)

    def _fail(self, job: Job, lease: JobLease, error: JobError, *, counts: bool) -> Fate:
        try:
            self._send_notice(job, NoticeKind.FAILED)
            self._jobs.fail(lease.held, now=self._clock.now(), error=error, counts=counts)
        except TransitionRefused as refused:
            return self._fate_without_lease(job, ended_by(refused))
        self._metrics.record({Metric.JOBS_FAILED: 1})
        return Done()

    def _retry(self, job: Job, lease: JobLease, error: Exception) -> Fate:
        if job.failures >= len(self._retry_delays_seconds):
            fault = JobError.of(Fault.RETRIES_EXHAUSTED, tries=job.failures + 1)
            fate = self._fail(job, lease, fault, counts=True)
            return DeadLetter(f"{type(error).__name__}: {error}") if fate == Done() else fate
        delay_seconds = jittered(self._retry_delays_seconds[job.failures])
        try:
            self._jobs.release(lease.held, now=self._clock.now(), counts=True)
        except TransitionRefused as refused:
            return self._fate_without_lease(job, ended_by(refused))
        self._metrics.record({Metric.TRIES_FAILED: 1})
        return Later(delay_seconds, "this try failed")

    def _fate_without_lease(self, job: Job, lost: LeaseLost) -> Fate:
        """The job is another worker's, or nobody's any more: only the latter is ours to clear away."""
        if isinstance(lost, JobCancelled) or self._is_gone(job):
            return self._clear_away(job.user_id, job.job_id)
        _log.warning("lease lost", reason=str(lost))
        return LeftAlone()

    def _is_gone(self, job: Job) -> bool:
        current = self._jobs.get(job.job_id)
        return current is None or current.status is JobStatus.CANCELLED

    def _clear_away(self, user_id: str, job_id: str) -> Fate:
        _log.info("cancelled or deleted by its owner")
        self._discard(user_id, job_id)
        return Done()

    def _release(self, lease: JobLease) -> None:
        self._jobs.release(lease.held, now=self._clock.now(), counts=False)

    def _send_notice(self, job: Job, kind: NoticeKind) -> None:
        if job.quiet:
            return
        notice = NoticeMessage(job_id=job.job_id, kind=kind, sent_at=self._clock.now())
        self._notices.send(notice.to_body())

    def _record_completed(self, job: Job, finished: FinishedWork, timings: Timings) -> None:
        _log.info(
            "completed",
            user_id=job.user_id,
            queue=job.queue,
            audio_seconds=finished.result.duration_seconds,
            **timings.model_dump(),
        )
        values = measures_of(job, finished, timings, dollars_per_second=self._dollars_per_second)
        self._metrics.record(values, **facts_of(finished.result))
