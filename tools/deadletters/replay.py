"""Sets dead letters going again.

::

    about a job     FAILED ─▶ QUEUED without failures ─▶ body sent ─▶ letter deleted
                    QUEUED, PROCESSING                ─▶ body sent ─▶ letter deleted
                    ended otherwise, PENDING, deleted               ─▶ letter deleted
                    never was                                          letter kept
    anything else                                     ─▶ body sent ─▶ letter deleted

It may die between any two steps, and be repeated: a job that is QUEUED already gets its message, and a
message sent twice is dropped by its receiver. A PENDING job gets its message when its upload arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain.errors import EscribaError, TransitionRefused
from shared.domain.jobs import JobStatus
from shared.domain.messages import JobMessage, UnreadableMessage
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from tools.deadletters.box import OpenBox
from tools.deadletters.letters import REASON, Finding, Letter


class Action(StrEnum):
    """What becomes of a letter."""

    REPLAY = "replay"
    SEND = "send again"
    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True)
class Decision:
    """What becomes of a letter, and why."""

    action: Action
    why: str


@dataclass(frozen=True)
class Dealt:
    """A letter that was dealt with, or is going to be."""

    finding: Finding
    decision: Decision


def decide(finding: Finding) -> Decision:
    """What a replay does with a letter, by the state of its job."""
    if finding.is_lost:
        return Decision(Action.KEEP, "there is no such job")
    if finding.is_deleted:
        return Decision(Action.DROP, "its job was deleted")
    if finding.job is None or not _asks_for_work(finding.letter):
        return Decision(Action.SEND, f"its receiver decides ({finding.letter.queue})")
    match finding.job.status:
        case JobStatus.FAILED:
            return Decision(Action.REPLAY, "its job failed")
        case JobStatus.QUEUED | JobStatus.PROCESSING:
            return Decision(Action.SEND, f"its job is {finding.job.status.value}")
        case status:
            return Decision(Action.DROP, f"its job is {status.value}")


def _asks_for_work(letter: Letter) -> bool:
    try:
        JobMessage.from_body(letter.delivery.body)
    except UnreadableMessage:
        return False
    return True


class Replayer:
    """Replays the letters of one box."""

    def __init__(self, open_box: OpenBox, *, jobs: JobStore, clock: Clock) -> None:
        self._open_box = open_box
        self._jobs = jobs
        self._clock = clock

    def __call__(self, finding: Finding) -> Dealt:
        """Replay one letter. One that can't be dealt with now is kept, with the reason."""
        try:
            decision = self._restart_job(finding)
            if decision.action in (Action.REPLAY, Action.SEND):
                self._send(finding.letter)
            if decision.action is not Action.KEEP:
                self._open_box.remove(finding.letter)
        except EscribaError as error:
            decision = Decision(Action.KEEP, str(error))
        return Dealt(finding, decision)

    def _restart_job(self, finding: Finding) -> Decision:
        decision = decide(finding)
        if decision.action is not Action.REPLAY or finding.job is None:
            return decision
        try:
            self._jobs.replay(finding.job.job_id, now=self._clock.now())
        except TransitionRefused as refused:
            # Somebody else was faster: what the job is now decides.
            return decide(replace(finding, job=refused.current, is_deleted=refused.current is None))
        return decision

    def _send(self, letter: Letter) -> None:
        attributes = {name: text for name, text in letter.delivery.attributes.items() if name != REASON}
        self._open_box.box.queue.send(letter.delivery.body, attributes=attributes)
