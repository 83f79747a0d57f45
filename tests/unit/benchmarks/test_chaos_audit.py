"""The count is only worth something if it sees what went wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.chaos.audit import Ending, percentile, seconds_to_notice
from benchmarks.chaos.caller import ReceivedMail
from benchmarks.chaos.figures import Findings, figures_of, has_kept_its_promise
from benchmarks.chaos.ledger import Crash, Ledger, Submitted
from benchmarks.chaos.plan import PlannedJob, Recording, Work
from benchmarks.chaos.recordings import make_upload
from benchmarks.chaos.remains import Remains
from benchmarks.chaos.works import PROMISES
from shared.domain.ids import new_id
from shared.testing.clock import START

READY, FAILED = "Transcript ready: good.wav", "Transcription failed: text.wav"


def mail(subject: str = READY, *, mail_id: str = "mail-1", after_seconds: float = 1) -> ReceivedMail:
    return ReceivedMail(mail_id, "", subject, START + timedelta(seconds=after_seconds))


def ending(
    status: str,
    *mails: ReceivedMail,
    readable: bool = True,
    work: Work = Work.TRANSCRIPTION,
    remains: Remains | None = None,
    cancelled: bool = True,
) -> Ending:
    cancelled_after = 0.1 if cancelled else None
    planned = PlannedJob(1, 0.0, work, True, Recording.GOOD, cancelled_after, None, None)
    return Ending(
        Submitted(new_id(), planned, START),
        status,
        readable=readable,
        remains=remains or Remains(),
        mails=mails,
    )


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
    [
        ending("completed", mail()),
        ending("failed", mail(FAILED), readable=False),
        ending("cancelled"),
        ending("completed", mail("Done: good.wav"), work=Work.CONVERT),
        ending("failed", mail("Failed: good.wav"), work=Work.PODCAST, readable=False),
    ],
    ids=lambda good: f"{good.submitted.planned.work} {good.status}",
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
        ending("expired"),
        ending("cancelled", cancelled=False),
        ending("completed", mail(), remains=Remains(missing=("u/j/transcript.txt",))),
        ending("completed", mail(READY), work=Work.CONVERT),
        ending("failed", mail(FAILED), work=Work.PODCAST),
    ],
)
def test_what_an_owner_did_not_get_is_lost(lost: Ending) -> None:
    assert findings(lost).lost == [lost]
    assert not has_kept_its_promise(findings(lost))


@pytest.mark.parametrize("status", ["pending", "queued", "processing"])
def test_a_job_that_did_not_end_is_stuck(status: str) -> None:
    assert findings(ending(status)).stuck
    assert not has_kept_its_promise(findings(ending(status)))


def test_a_workflow_whose_transcription_never_ended_is_stuck() -> None:
    assert findings(ending("cancelled", remains=Remains(is_at_rest=False))).stuck


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_what_lies_in_storage_and_in_no_record_is_left_behind(status: str) -> None:
    left = findings(ending(status, remains=Remains(strays=("u/j/output-0002.flac",))))
    assert left.left_behind
    assert not has_kept_its_promise(left)


class TestPromises:
    """What a job's outputs must be is looked at in their bytes."""

    SOUND = make_upload(Recording.GOOD, 1).body
    FORMS = (b'{"segments": [{"text": "a"}]}', b"a", b"1\n", b"WEBVTT", b"start\tend")

    def test_files_that_are_all_there_and_whole_keep_it(self) -> None:
        assert PROMISES[Work.TRANSCRIPTION].is_kept_by(self.FORMS)
        assert PROMISES[Work.CONVERT].is_kept_by([self.SOUND])
        assert PROMISES[Work.PODCAST].is_kept_by([self.SOUND, *self.FORMS])

    @pytest.mark.parametrize("work", list(Work))
    def test_no_file_or_one_too_many_breaks_it(self, work: Work) -> None:
        assert not PROMISES[work].is_kept_by([])
        assert not PROMISES[work].is_kept_by([self.SOUND, self.SOUND, *self.FORMS])

    def test_a_sound_that_is_cut_short_and_a_transcript_without_segments_break_it(self) -> None:
        assert not PROMISES[Work.CONVERT].is_kept_by([self.SOUND[: len(self.SOUND) // 2]])
        assert not PROMISES[Work.CONVERT].is_kept_by([b"RIFF"])
        assert not PROMISES[Work.TRANSCRIPTION].is_kept_by([b'{"segments": []}', *self.FORMS[1:]])


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
    assert [(figure.measure, figure.value, figure.holds) for figure in figures[:4]] == [
        ("lost", 0, True),
        ("doubled", 0, True),
        ("stuck", 1, False),
        ("left behind", 0, True),
    ]
