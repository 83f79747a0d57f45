"""Mails about workflows: what was made, and which limits the result does not hold."""

from __future__ import annotations

from services.notifier.composer import MailComposer
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.results import JobOutput
from shared.domain.workflows import AudiobookOptions, LimitCheck, WorkflowResult
from shared.testing.builders import make_job
from shared.testing.clock import START
from shared.testing.link_signer import FakeLinkSigner

COMPOSER = MailComposer(public_api_url="https://api.example.com/", links=FakeLinkSigner())


def mastered(*, noise_floor_db: float, chapters: int = 0) -> Job:
    holds = noise_floor_db <= -60
    checks = (
        LimitCheck(name="RMS", unit="dB", measured=-20.5, least=-23, most=-18, holds=True),
        LimitCheck(name="noise floor", unit="dB", measured=noise_floor_db, most=-60, holds=holds),
    )
    output = JobOutput(filename="chapter 1.mp3", key="k", content_type="audio/mpeg", size_bytes=1)
    return make_job(
        status=JobStatus.COMPLETED,
        type=JobType.AUDIOBOOK,
        operation=AudiobookOptions(),
        result=WorkflowResult(
            mode="standard", duration_seconds=3, passed=holds, checks=checks, chapters=chapters
        ),
        outputs=(output,),
    )


def test_the_mail_says_what_was_made_and_that_every_limit_holds():
    mail = COMPOSER.compose(mastered(noise_floor_db=-71.5), to="owner@example.com", now=START)

    assert mail.subject == "Done: meeting.mp3"
    for form in (mail.text, mail.html):
        assert "audiobook (standard)" in form
        assert "chapter 1.mp3" in form
        assert "every limit holds" in form
        assert "allowed" not in form
        assert "hapters" not in form


def test_the_mail_names_each_limit_that_fails_with_what_was_measured():
    mail = COMPOSER.compose(mastered(noise_floor_db=-52.1), to="owner@example.com", now=START)

    for form in (mail.text, mail.html):
        assert "1 of 2 limits fail" in form
        assert "noise floor is -52.1 dB, at most -60 allowed" in form
        assert "RMS" not in form


def test_the_mail_says_how_many_chapters_were_found():
    mail = COMPOSER.compose(mastered(noise_floor_db=-70, chapters=7), to="owner@example.com", now=START)

    assert "Chapters:  7" in mail.text
