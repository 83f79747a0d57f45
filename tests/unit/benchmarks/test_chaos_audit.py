"""The count is only worth something if it sees what went wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.chaos.audit import Ending, percentile, seconds_to_notice
from benchmarks.chaos.caller import ReceivedMail
from benchmarks.chaos.figures import Findings, figures_of, has_kept_its_promise
from benchmarks.chaos.ledger import Crash, Ledger, Submitted
from benchmarks.chaos.plan import PlannedJob, Recording
from shared.domain.ids import new_id
from shared.testing.clock import START

READY, FAILED = "Transcript ready: good.wav", "Transcription failed: text.wav"


def mail(subject: str = READY, *, mail_id: str = "mail-1", after_seconds: float = 1) -> ReceivedMail:
    return ReceivedMail(mail_id, "", subject, START + timedelta(seconds=after_seconds))


def ending(status: str, *mails: ReceivedMail, readable: bool = True) -> Ending:
    planned = PlannedJob(1, 0.0, Recording.GOOD, None, None, None)
    return Ending(Submitted(new_id(), planned, START), status, readable=readable, mails=mails)


def findings(
    *endings: Ending, crashes: tuple[Crash, ...] = (), recorded: frozenset[str] = frozenset()
) -> Findings:
    ledger = Ledger()
    for crash in crashes:
        ledger.note_crash(crash)
    return Findings(
        seed=1,
        ledger=ledger,
        endings=endings,
        dead_letters={},
        messages_left=0,
        settled_after_seconds=1,
        recorded_mail_ids=recorded,
    )


@pytest.mark.parametrize(
    "good",
    [ending("completed", mail()), ending("failed", mail(FAILED), readable=False), ending("cancelled")],
    ids=lambda good: good.status,
)
def test_a_job_that_ended_as_promised_is_counted_nowhere(good: Ending) -> None:
    assert has_kept_its_promise(findings(good))


@pytest.mark.parametrize(
    "lost",
    [
        ending("missing"),
        ending("completed"),
        ending("completed", mail(FAILED)),
        ending("completed", mail(), readable=False),
        ending("failed", mail(READY)),
        ending("failed"),
    ],
)
def test_what_an_owner_did_not_get_is_lost(lost: Ending) -> None:
    assert findings(lost).lost == [lost]
    assert not has_kept_its_promise(findings(lost))


@pytest.mark.parametrize("status", ["pending", "queued", "processing"])
def test_a_job_that_did_not_end_is_stuck(status: str) -> None:
    assert findings(ending(status)).stuck
    assert not has_kept_its_promise(findings(ending(status)))


@pytest.mark.parametrize(
    "doubled",
    [
        ending("completed", mail(), mail(mail_id="mail-2")),
        ending("completed", mail(), mail(FAILED, mail_id="mail-2")),
        ending("cancelled", mail()),
    ],
)
def test_a_mail_too_many_is_doubled(doubled: Ending) -> None:
    assert findings(doubled).doubled == [doubled]
    assert not has_kept_its_promise(findings(doubled))


class TestMailsSentAgain:
    """A second mail is put down to the one window only with evidence for it."""

    DOUBLED = ending("completed", mail(mail_id="first"), mail(mail_id="second", after_seconds=40))
    KILLED_THEN = Crash("notifier-1", START + timedelta(seconds=1.1))

    def is_explained(self, *crashes: Crash, recorded: frozenset[str] = frozenset({"second"})) -> bool:
        return has_kept_its_promise(findings(self.DOUBLED, crashes=crashes, recorded=recorded))

    def test_a_notifier_killed_between_mail_and_record_explains_it(self) -> None:
        assert self.is_explained(self.KILLED_THEN)

    def test_without_a_kill_of_a_notifier_at_that_time_nothing_does(self) -> None:
        assert not self.is_explained()
        assert not self.is_explained(Crash("transcriber-1", self.KILLED_THEN.at))
        assert not self.is_explained(Crash("notifier-1", START))  # a second before the mail
        assert not self.is_explained(Crash("notifier-1", START + timedelta(seconds=20)))

    def test_a_notifier_killed_in_an_outage_explains_a_mail_that_is_taken_at_its_end(self) -> None:
        killed = Crash("notifier-1", START - timedelta(seconds=10))
        sent_into_outage = findings(self.DOUBLED, crashes=(killed,), recorded=frozenset({"second"}))
        assert sent_into_outage.doubled
        sent_into_outage.ledger.outage = (START - timedelta(seconds=20), START + timedelta(seconds=0.9))
        assert not sent_into_outage.doubled

    def test_a_mail_on_record_was_not_lost_sight_of(self) -> None:
        assert not self.is_explained(self.KILLED_THEN, recorded=frozenset({"first", "second"}))

    def test_one_kill_does_not_explain_two_mails_at_different_times(self) -> None:
        assert not self.is_explained(self.KILLED_THEN, recorded=frozenset())


def test_the_wait_for_a_notice_runs_from_the_upload_to_the_first_mail() -> None:
    endings = [ending("completed", mail(after_seconds=9), mail(after_seconds=3)), ending("cancelled")]
    assert seconds_to_notice(endings) == [3]
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert percentile([], 99) == 0.0


def test_the_verdict_stands_first_among_the_figures() -> None:
    figures = figures_of(findings(ending("completed", mail()), ending("queued")))
    assert [(figure.measure, figure.value, figure.holds) for figure in figures[:3]] == [
        ("lost", 0, True),
        ("doubled", 0, True),
        ("stuck", 1, False),
    ]
