"""No order of calls by two workers and everybody else breaks a job: the fake."""

from __future__ import annotations

from hypothesis import settings

from shared.testing.job_store import InMemoryJobStore
from tests.support.job_machine import JobMachine


class InMemoryJobMachine(JobMachine):
    def make_store(self) -> InMemoryJobStore:
        return InMemoryJobStore()


TestJobStateMachine = InMemoryJobMachine.TestCase
TestJobStateMachine.settings = settings(
    max_examples=settings.default.max_examples * 3 // 2, stateful_step_count=40
)
