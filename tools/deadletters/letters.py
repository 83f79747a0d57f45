"""A dead letter, and what is known of the job that it is about."""

from __future__ import annotations

import json
from dataclasses import dataclass

from shared.domain.ids import is_id
from shared.domain.jobs import Job
from shared.ports.job_store import JobStore
from shared.ports.queue import Delivery

REASON = "reason"
"""The attribute that says why a letter was moved here."""
NO_REASON = "received too often"
"""What the queue itself moved, after ``maxReceiveCount``: its worker died, or never got to say why."""


@dataclass(frozen=True)
class Letter:
    """One message of a dead-letter queue. ``queue`` is the name of the queue that it fell from."""

    queue: str
    delivery: Delivery

    @property
    def reason(self) -> str:
        """Why it lies here."""
        return self.delivery.attributes.get(REASON, NO_REASON)

    @property
    def job_id(self) -> str | None:
        """The job that its body names; None for what is no message of ours, and for upload events."""
        try:
            body = json.loads(self.delivery.body)
        except ValueError:
            return None
        job_id = body.get("jobId") if isinstance(body, dict) else None
        return job_id if isinstance(job_id, str) and is_id(job_id) else None

    def is_meant(self, *, reason: str | None) -> bool:
        """Whether its reason holds the text, in upper or lower case."""
        return reason is None or reason.casefold() in self.reason.casefold()


@dataclass(frozen=True)
class Finding:
    """A letter with its job as it stands."""

    letter: Letter
    job: Job | None = None
    is_deleted: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether it names a job that never was: a wrong table, or somebody else's message."""
        return self.letter.job_id is not None and self.job is None and not self.is_deleted

    @property
    def job_status(self) -> str | None:
        """The job's state in a word or two; None where the letter names no job."""
        if self.job is not None:
            return self.job.status.value
        if self.letter.job_id is None:
            return None
        return "deleted" if self.is_deleted else "no such job"


def look_up(letter: Letter, jobs: JobStore) -> Finding:
    """The letter with its job: one read, two where the job is gone."""
    if letter.job_id is None:
        return Finding(letter)
    job = jobs.get(letter.job_id)
    return Finding(letter, job, is_deleted=job is None and jobs.owner_of_deleted(letter.job_id) is not None)
