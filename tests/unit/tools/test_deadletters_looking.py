"""Listing, showing and purging: everything is seen, once, and handed back."""

from __future__ import annotations

import pytest

from shared.domain.errors import TransientError
from shared.domain.jobs import JobStatus
from shared.testing.builders import make_job
from shared.testing.queue import InMemoryQueue
from tests.unit.tools.conftest import job_body
from tools.deadletters.box import VISIBILITY_SECONDS, Box, opened
from tools.deadletters.operations import DONE, LEFT_SOMETHING, Selection
from tools.deadletters.view import age_in_words

ALL = Selection()


def purge(desk, selection=ALL, *, dry_run=False, unasked=False):
    return desk.tool.purge(selection, dry_run=dry_run, unasked=unasked)


class TestListing:
    def test_each_letter_shows_its_queue_job_reason_age_and_the_state_of_its_job(self, desk):
        job = desk.bury_job()
        desk.clock.advance(90)
        assert desk.tool.list(ALL) == DONE
        assert desk.printed() == [
            {
                "queue": "transcription",
                "messageId": "message-1",
                "jobId": job.job_id,
                "reason": "RuntimeError: disk full",
                "sentAt": "2026-11-20T12:00:00.000Z",
                "ageSeconds": 90,
                "receiveCount": 1,
                "jobStatus": "FAILED",
            }
        ]

    def test_people_get_a_table_in_which_nothing_is_taken_for_markup(self, desk):
        desk.as_json = False
        job = desk.bury_job(reason="ValueError: [bold]not[/bold] a [red]colour")
        desk.bury("not json", reason="not a JobMessage")
        desk.tool.list(ALL)
        header, first, second = desk.out.getvalue().splitlines()
        assert header.split("  ")[0] == "queue"
        assert job.job_id in first
        assert "[bold]not[/bold] a [red]colour" in first
        assert "–" in second
        assert desk.err.getvalue() == "2 dead letters\n"

    def test_letters_without_a_job_or_whose_job_is_gone_say_so(self, desk):
        deleted = desk.bury_job()
        desk.jobs.delete(deleted.job_id, now=desk.clock.now())
        lost = make_job()
        desk.bury(job_body(lost), reason="there is no such job")
        desk.bury("not json", reason="not a JobMessage")
        desk.tool.list(ALL)
        statuses = {job_id: letter["jobStatus"] for job_id, letter in desk.printed_by_job().items()}
        assert statuses == {deleted.job_id: "deleted", lost.job_id: "no such job", None: None}

    def test_all_of_many_letters_are_seen_and_every_one_is_handed_back(self, desk):
        for _ in range(57):
            desk.bury("not json", reason="not a JobMessage")
        desk.tool.list(ALL)
        assert len(desk.printed()) == 57
        desk.out.truncate(0)
        desk.out.seek(0)
        desk.tool.list(ALL)
        assert len(desk.printed()) == 57

    def test_a_limit_is_kept_and_said(self, desk):
        for _ in range(30):
            desk.bury("not json", reason="not a JobMessage")
        desk.tool.list(Selection(limit=12))
        assert len(desk.printed()) == 12
        assert "transcription may hold more than --limit 12" in desk.err.getvalue()

    def test_what_went_wrong_while_looking_leaves_nothing_hidden(self, desk):
        desk.bury_job()

        class Away:
            def get(self, _job_id):
                raise TransientError("GetItem: throttled")

        desk.jobs = Away()
        with pytest.raises(TransientError):
            desk.tool.list(ALL)
        assert desk.nothing_is_hidden()


class TestReading:
    def test_a_letter_that_shows_again_while_the_queue_is_read_ends_the_reading(self, desk):
        class Impatient(InMemoryQueue):
            """Hides nothing."""

            def receive(self, *, max_messages, wait_seconds, visibility_seconds):
                return super().receive(
                    max_messages=max_messages, wait_seconds=wait_seconds, visibility_seconds=0
                )

        queue = Impatient(desk.clock)
        for number in range(10):
            queue.send(f"body {number}")
        with opened(Box("x", queue, queue), limit=1000, on_taken=lambda _count: None) as box:
            assert [letter.delivery.body for letter in box.letters] == [f"body {n}" for n in range(10)]

    def test_a_killed_reader_hides_letters_for_two_minutes_at_most(self, desk):
        desk.bury("body")
        box = Box("transcription", desk.dead_letters["transcription"], desk.queues["transcription"])
        reading = opened(box, limit=10, on_taken=lambda _count: None)
        reading.__enter__()  # and never left
        assert VISIBILITY_SECONDS <= 120
        desk.clock.advance(VISIBILITY_SECONDS)
        assert desk.nothing_is_hidden()


class TestShowing:
    @pytest.mark.parametrize("wanted", ["message", "job"])
    def test_a_letter_is_shown_whole_with_its_job_by_the_id_of_either(self, desk, wanted):
        desk.bury_job()
        job = desk.bury_job(reason="OSError")
        assert desk.tool.show("message-2" if wanted == "message" else job.job_id, ALL) == DONE
        [shown] = desk.printed()
        assert (shown["body"], shown["attributes"]) == (job_body(job), {"reason": "OSError"})
        assert shown["job"]["jobId"] == job.job_id
        assert desk.nothing_is_hidden()

    def test_an_id_that_no_letter_has_is_said_in_a_sentence(self, desk):
        desk.bury_job()
        assert desk.tool.show("message-9", ALL) == LEFT_SOMETHING
        assert "no dead letter" in desk.err.getvalue()
        assert desk.out.getvalue() == ""


class TestPurging:
    def test_letters_are_deleted_once_the_operator_said_yes(self, desk):
        job = desk.bury_job()
        desk.as_json = False
        assert purge(desk) == DONE
        assert desk.asked == ["Delete 1 dead letter for good?"]
        assert desk.dead_letters["transcription"].bodies == []
        assert desk.jobs.get(job.job_id) == job

    def test_a_no_deletes_nothing_and_hands_everything_back(self, desk):
        desk.bury_job()
        desk.answer = False
        assert purge(desk) == LEFT_SOMETHING
        assert desk.nothing_is_hidden()
        assert len(desk.dead_letters["transcription"].bodies) == 1

    def test_while_the_operator_thinks_nothing_is_hidden_and_only_what_was_shown_is_deleted(self, desk):
        desk.as_json = False
        desk.bury_job()

        def think(_question):
            desk.bury("came later")
            assert desk.nothing_is_hidden()
            desk.clock.advance(3600)
            return True

        desk.confirm = think
        assert purge(desk) == DONE
        assert desk.dead_letters["transcription"].bodies == ["came later"]
        assert desk.nothing_is_hidden()

    def test_nobody_is_asked_where_there_is_nothing_or_where_yes_was_said(self, desk):
        assert purge(desk, unasked=True) == DONE
        desk.bury_job(JobStatus.COMPLETED)
        assert purge(desk, Selection(reason="another"), unasked=False) == DONE
        desk.out.truncate(0)
        assert purge(desk, unasked=True) == DONE
        assert desk.asked == []
        assert desk.dead_letters["transcription"].bodies == []

    def test_a_dry_run_deletes_nothing_and_asks_nothing(self, desk):
        desk.bury_job()
        assert purge(desk, dry_run=True) == DONE
        assert desk.asked == []
        assert desk.nothing_is_hidden()
        assert len(desk.dead_letters["transcription"].bodies) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_ages_are_in_the_largest_unit_of_which_there_are_two(seconds, words):
    assert age_in_words(seconds) == words
