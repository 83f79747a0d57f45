"""Holds the bound on a user's jobs at once.

A job takes a slot before it is made. No worker gives slots back: whoever finds them all taken looks which
jobs have ended. A job that is not in the table was deleted, or is about to be made by somebody
who has just taken its slot: only after a while is it surely the former.
"""

from __future__ import annotations

from datetime import timedelta

from services.api_lambda.authentication import Caller
from services.api_lambda.quota import limit_reached
from shared.domain.ids import time_of
from shared.ports.clock import Clock
from shared.ports.job_slots import JobSlots, SlotsTaken
from shared.ports.job_store import JobStore

JOBS_AT_ONCE = "jobs-at-once"
RETRY_AFTER_SECONDS = 60
_BEING_MADE = timedelta(minutes=2)


class OpenJobs:
    """Grants slots."""

    def __init__(self, *, slots: JobSlots, jobs: JobStore, clock: Clock) -> None:
        self._slots = slots
        self._jobs = jobs
        self._clock = clock

    def admit(self, caller: Caller, job_id: str) -> None:
        """Take a slot for a job that is about to be made. Raises ``PermanentError(LIMIT_REACHED)``."""
        most = caller.limits.jobs_at_once
        if most is None:
            return
        try:
            self._slots.take(caller.user_id, job_id, most=most)
        except SlotsTaken as full:
            self._slots.free(caller.user_id, [job for job in full.job_ids if self._has_ended(job)])
            try:
                self._slots.take(caller.user_id, job_id, most=most)
            except SlotsTaken as still_full:
                raise limit_reached(JOBS_AT_ONCE, f"{most} jobs at once", RETRY_AFTER_SECONDS) from still_full

    def leave(self, caller: Caller, job_id: str) -> None:
        """Give a slot back at once: its job has ended here."""
        if caller.limits.jobs_at_once is not None:
            self._slots.free(caller.user_id, [job_id])

    def _has_ended(self, job_id: str) -> bool:
        job = self._jobs.get(job_id)
        if job is None:
            return time_of(job_id) + _BEING_MADE < self._clock.now()
        return job.status.is_final
