"""A job's state on the wire: lower case."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from shared.domain.jobs import JobStatus


class WireStatus(StrEnum):
    """A job's state as callers see it."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @classmethod
    def of(cls, status: JobStatus) -> Self:
        """The wire's word for a state."""
        return cls[status.name]

    def to_job_status(self) -> JobStatus:
        """The state that the word stands for."""
        return JobStatus[self.name]
