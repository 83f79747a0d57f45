"""A worker's side of the lease of a job or a chunk: extends it, carries progress, and knows when it is gone.

::

    claim            beat           beat           (no beat succeeds)        expiry
      │───────────────│──────────────│───────────────────────────────────────│
      └── lease_seconds from the last beat that succeeded, by our own monotonic clock ──┘
                                                                              └─ we stop here

The holder stops at the expiry it was promised even when it can't reach the table: by then another
worker may have claimed the job. Durations are measured on each side by its own clock; only the expiry
in the record is compared across machines, and a claim allows for skew there.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.errors import EscribaError, JobCancelled, LeaseLost, TransitionRefused
from shared.domain.jobs import Job, JobStatus
from shared.ports.clock import Clock
from shared.ports.job_store import HeldLease, JobStore
from shared.worker.fate import Hold


class HandedBack(EscribaError):
    """The process ends before the work can: somebody else does it."""


class BeatingLease:
    """A lease on something; also the handler's :class:`~shared.worker.work.Progress`.

    ``extend`` is given the progress, and raises ``LeaseLost`` if the lease is no longer ours.
    """

    def __init__(
        self, what: str, extend: Callable[[int], None], *, hold: Hold, lease_seconds: float, clock: Clock
    ) -> None:
        self._what = what
        self._extend = extend
        self._hold = hold
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._progress = 0
        self._ended: LeaseLost | None = None
        self._deadline = clock.monotonic() + lease_seconds

    def report(self, percent: float) -> None:
        """Note the progress; raises what the heartbeat has learnt since the last call."""
        self._progress = min(99, max(self._progress, int(percent)))
        self.check()

    def check(self) -> None:
        """Raise ``LeaseLost``, ``JobCancelled`` or :class:`HandedBack` if the work must stop."""
        if self._ended is not None:
            raise self._ended
        if self._clock.monotonic() >= self._deadline:
            raise LeaseLost(f"the lease on {self._what} could not be extended in time")
        if self._hold.stopping:
            raise HandedBack(f"{self._what} is handed back: this worker ends")

    def beat(self) -> None:
        """Extend the lease and write the progress."""
        if self._ended is not None:
            return
        asked_at = self._clock.monotonic()
        try:
            self._extend(self._progress)
        except LeaseLost as lost:
            self._ended = lost
        else:
            self._deadline = asked_at + self._lease_seconds


class JobLease(BeatingLease):
    """The lease of one claimed job: a beat is one conditional write. Its handler's ``JobProgress``."""

    def __init__(
        self, job: Job, *, owner: str, jobs: JobStore, hold: Hold, lease_seconds: float, clock: Clock
    ) -> None:
        self.held = HeldLease(job_id=job.job_id, owner=owner, attempt=job.attempts)
        self._step: str | None = None

        def extend(progress: int) -> None:
            try:
                jobs.extend(
                    self.held,
                    now=clock.now(),
                    lease_seconds=lease_seconds,
                    progress=progress,
                    step=self._step,
                )
            except TransitionRefused as refused:
                raise ended_by(refused) from refused

        super().__init__(f"job {job.job_id}", extend, hold=hold, lease_seconds=lease_seconds, clock=clock)

    def enter(self, step: str) -> None:
        """Write at which step the job is; raises what the heartbeat, this one too, has learnt."""
        self._step = step
        self.beat()
        self.check()


def ended_by(refused: TransitionRefused) -> LeaseLost:
    """What it means for the holder that its conditional write was refused."""
    job = refused.current
    if job is not None and job.status is JobStatus.CANCELLED:
        return JobCancelled(f"job {job.job_id} was cancelled")
    return LeaseLost(f"the lease on job {refused.job_id} is no longer ours")
