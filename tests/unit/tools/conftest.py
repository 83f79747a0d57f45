"""The queues with their dead letters, a table of jobs, and an operator who answers what a test says."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from shared.domain.jobs import Job, JobStatus
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.domain.work_queues import WorkQueue
from shared.testing.builders import make_job
from shared.testing.clock import START, FakeClock
from shared.testing.job_store import InMemoryJobStore
from shared.testing.queue import InMemoryQueue
from tools.deadletters.box import Box
from tools.deadletters.operations import Operations
from tools.deadletters.view import View


@dataclass
class Desk:
    """Everything around the tool."""

    clock: FakeClock = field(default_factory=FakeClock)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    asked: list[str] = field(default_factory=list)
    answer: bool = True
    as_json: bool = True

    def __post_init__(self) -> None:
        names = ("notification", *(queue.replace("-", "_") for queue in WorkQueue))
        self.queues = {name: InMemoryQueue(self.clock) for name in names}
        self.dead_letters = {name: InMemoryQueue(self.clock) for name in names}
        self.out, self.err = io.StringIO(), io.StringIO()

    @property
    def tool(self) -> Operations:
        return self.tool_for(*self.queues)

    def tool_for(self, *names: str) -> Operations:
        return Operations(
            [Box(name, self.dead_letters[name], self.queues[name]) for name in names],
            jobs=self.jobs,
            clock=self.clock,
            view=View(
                out=Console(file=self.out, width=200),
                err=Console(file=self.err, width=200),
                clock=self.clock,
                as_json=self.as_json,
            ),
            confirm=self.confirm,
        )

    def confirm(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer

    def printed(self) -> list[dict[str, object]]:
        return json.loads(self.out.getvalue())

    def clear(self) -> None:
        self.out.truncate(0)
        self.out.seek(0)

    def printed_by_job(self) -> dict[object, dict[str, object]]:
        return {letter["jobId"]: letter for letter in self.printed()}

    def bury(self, body: str, *, queue: str = "transcription", **attributes: str) -> None:
        self.dead_letters[queue].send(body, attributes=attributes)

    def bury_job(
        self,
        status: JobStatus = JobStatus.FAILED,
        reason: str = "RuntimeError: disk full",
        queue: str = "transcription",
        **changes: object,
    ) -> Job:
        """A job and its dead letter."""
        job = make_job(status=status, **changes)
        self.jobs.create(job)
        self.bury(job_body(job), queue=queue, reason=reason)
        return job

    def bury_notice(self, job: Job, reason: str = "recipient refused: bounced") -> None:
        notice = NoticeMessage(job_id=job.job_id, kind=NoticeKind.FAILED, sent_at=START)
        self.bury(notice.to_body(), queue="notification", reason=reason)

    def nothing_is_hidden(self) -> bool:
        """Whether all dead letters can be received at once; takes them."""
        taken = [
            len(box.receive(max_messages=10, wait_seconds=0, visibility_seconds=30))
            for box in self.dead_letters.values()
        ]
        return sum(taken) == sum(len(box.bodies) for box in self.dead_letters.values())


def job_body(job: Job) -> str:
    return JobMessage(job_id=job.job_id, sent_at=START).to_body()


@pytest.fixture
def desk() -> Desk:
    return Desk()
