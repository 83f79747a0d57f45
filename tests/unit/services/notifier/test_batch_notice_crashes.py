"""A notifier that dies anywhere between the end of a batch's jobs and the mail about it."""

from __future__ import annotations

import pytest

from shared.domain.batches import Batch
from shared.domain.messages import batch_notice_id
from shared.ports.notice_log import EMAIL
from shared.testing.crashes import Crash, CrashPlan, CrashPoint
from shared.worker.fate import Done
from tests.support.batch_stage import end, given_batch
from tests.support.notifier_stage import Stage, make_notice_handler


class CrashingStage(Stage):
    """A stage whose notifier dies at the places of a plan; what it delivered comes again."""

    def __init__(self, *points: CrashPoint) -> None:
        self.plan = CrashPlan(*points)
        super().__init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("notice_log", "mailer", "batches", "queue"):
            setattr(self, name, self.plan.crashing(getattr(self, name), name))
        self.handler = make_notice_handler(self)

    def run(self) -> Batch:
        batch = given_batch(self, 3)
        end(self, batch.job_ids[2])
        end(self, batch.job_ids[0])
        self._until_done(lambda: self.notify(batch.job_ids[2]))
        self._until_done(lambda: self.notify(batch.job_ids[0]))
        end(self, batch.job_ids[1])
        self._until_done(lambda: self.notify(batch.job_ids[1]))
        for _ in range(20):
            for delivery in self.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=0):
                self._until_done(lambda body=delivery.body: self.handle(body))
                self.queue.delete(delivery)
        return batch

    def _until_done(self, act) -> None:
        for _ in range(10):
            try:
                if act() == Done():
                    return
            except Crash:
                pass
            self.clock.advance(100)
        raise AssertionError("never done")


def places():
    stage = CrashingStage()
    stage.run()
    return [
        CrashPoint(effect, after=after)
        for effect in dict.fromkeys(stage.plan.trace)
        if effect not in {"batches.put", "queue.delete"}  # the test's, not the notifier's
        for after in (False, True)
    ]


@pytest.mark.parametrize("place", places(), ids=str)
def test_a_notifier_that_dies_anywhere_tells_of_the_batch_and_mails_twice_only_in_its_one_window(place):
    stage = CrashingStage(place)
    batch = stage.run()
    assert not stage.plan.pending
    mails = [mail.subject for mail in stage.mailer.sent]
    in_the_window = place in (
        CrashPoint("mailer.send", after=True),
        CrashPoint("notice_log.record_sent", after=False),
    )
    assert mails == ["Batch done: 3 of 3 completed"] * (2 if in_the_window else 1)
    assert stage.batches.opened(batch.user_id, batch.batch_id) is None
    assert stage.notice_log.unsettled([batch_notice_id(batch.batch_id)], EMAIL) == frozenset()
