"""Faults that were found and told before: in a job's record, or a file's."""

from __future__ import annotations

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobError


class ToldFault(PermanentError):
    """The same fault once more, in the words in which it was told then."""

    def __init__(self, fault: Fault, sentence: str) -> None:
        self.fault = fault
        self.facts = {}
        Exception.__init__(self, sentence)


def fault_of(error: JobError | None) -> Fault | None:
    """The fault that a stored error names; None for a code that is none (any more)."""
    return next((fault for fault in Fault if error is not None and fault.code == error.code), None)
