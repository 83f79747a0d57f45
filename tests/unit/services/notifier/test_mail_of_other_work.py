"""Mails about jobs that are no transcriptions."""

import re

from services.notifier.composer import MailComposer
from shared.domain.audio_operations import SplitOptions
from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.email import Email
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobError, JobStatus, JobType
from shared.domain.results import JobOutput, OperationResult
from shared.testing.builders import make_job
from shared.testing.clock import START
from shared.testing.link_signer import FakeLinkSigner

COMPOSER = MailComposer(public_api_url="https://api.example.com/", links=FakeLinkSigner())


def compose(job: Job) -> Email:
    return COMPOSER.compose(job, to="owner@example.com", now=START)


def converted(count: int) -> Job:
    outputs = tuple(
        JobOutput(filename=f"part {number}.mp3", key=f"k{number}", content_type="audio/mpeg", size_bytes=1)
        for number in range(count)
    )
    return make_job(
        status=JobStatus.COMPLETED,
        type=JobType.SPLIT,
        operation=SplitOptions(by="parts", parts=2),
        result=OperationResult(duration_seconds=3),
        outputs=outputs,
    )


def test_the_mail_about_other_work_names_what_was_made_and_where_it_is():
    job = converted(12)
    mail = compose(job)
    for form in (mail.text, mail.html):
        assert "part 9.mp3" in form
        assert "part 10.mp3" not in form
        assert "and 2 more" in form
        assert f"https://api.example.com/v1/jobs/{job.job_id}/download" in form
        assert len(set(re.findall(r"https://api\.example\.com/v1/links/\S+?\?output=(\d+)", form))) == 10
        assert "The links work for 24 hours" in " ".join(form.split())
        assert "ranscript" not in form
    assert mail.subject == "Done: meeting.mp3"


def test_the_mail_about_a_measured_file_tells_what_came_out_and_why():
    quality = QualityMetrics(level=Level.POOR, rule="snr below 20 dB")
    result = OperationResult(duration_seconds=3, quality=quality)
    mail = compose(make_job(status=JobStatus.COMPLETED, type=JobType.ANALYZE, result=result))
    for form in (mail.text, mail.html):
        assert "POOR (snr below 20 dB)" in form
        assert "links" not in form
        assert "/v1/jobs/" in form


def test_other_work_that_failed_is_not_called_a_transcription():
    error = JobError.of(Fault.NOTHING_TO_SPLIT_AT, what="chapters")
    mail = compose(make_job(status=JobStatus.FAILED, type=JobType.SPLIT, error=error))
    for form in (mail.text, mail.html):
        assert "The work on your recording failed" in form
        assert "ranscri" not in form
    assert mail.subject == "Failed: meeting.mp3"
