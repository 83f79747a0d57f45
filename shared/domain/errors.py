"""The error tree. The class decides a message's fate; only the worker loop catches broadly.

::

    EscribaError
    ├── PermanentError      the input's fault: the job is FAILED at once, the message is deleted
    ├── TransientError      not the input's fault: back-off, and after the last try FAILED + dead letter
    ├── LeaseLost           somebody else holds the job now: stop, touch nothing
    │   └── JobCancelled    its owner cancelled it: stop, delete the message
    └── TransitionRefused   a conditional write found the job in a state that forbids it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.faults import Fault

if TYPE_CHECKING:
    from shared.domain.jobs import Job


class EscribaError(Exception):
    """Base of every error this project raises on purpose."""


class PermanentError(EscribaError):
    """The input's fault. Carries the :class:`Fault`, and a sentence that its owner understands."""

    def __init__(self, fault: Fault, **facts: object) -> None:
        self.fault = fault
        self.facts = facts
        super().__init__(fault.describe(**facts))


class TransientError(EscribaError):
    """Not the input's fault: the same message may succeed later."""


class LeaseLost(EscribaError):
    """The lease ran out or passed to another worker."""


class JobCancelled(LeaseLost):
    """The job's owner cancelled it while it was worked on."""


class TransitionRefused(EscribaError):
    """A conditional write was refused. ``current`` is the record as it stands (None: no such job)."""

    def __init__(self, job_id: str, current: Job | None) -> None:
        self.job_id = job_id
        self.current = current
        status = "missing" if current is None else current.status.value
        super().__init__(f"job {job_id} is {status}")
