"""The mails themselves, for ordinary jobs and for hostile ones."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.advice import NOTHING_HEARD, advice_for
from services.notifier.composer import MailComposer
from shared.domain.email import Email
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobError, JobStatus, TranscriptionOptions
from shared.domain.languages import UNDETERMINED
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import START
from shared.testing.link_signer import FakeLinkSigner

OWNER = "owner@example.com"
COMPOSER = MailComposer(public_api_url="https://api.example.com/", links=FakeLinkSigner())
MOST_HTML_BYTES = 100_000
ACCENT = re.compile(r"8px 8px 0 0; background-color:#\w{6}")
HOSTILE = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [
                "<script>",
                "</p>",
                '"',
                "'",
                "&amp;",
                "{{ 7*7 }}",
                "{% raw %}",
                "\r\n",
                "Bcc: x",
                "\u202e",
                "😀",
            ]
        ),
        max_size=60,
    ).map("".join),
)


def completed(filename: str = "meeting.mp3", options: TranscriptionOptions | None = None, **result) -> Job:
    job = make_job(options=options or TranscriptionOptions())
    return job.model_copy(
        update={
            "status": JobStatus.COMPLETED,
            "file": job.file.model_copy(update={"filename": filename}),
            "result": make_result(**result),
            "outputs": make_outputs(job),
        }
    )


def failed(error: JobError, filename: str = "meeting.mp3") -> Job:
    return completed(filename).model_copy(
        update={"status": JobStatus.FAILED, "result": None, "outputs": (), "error": error}
    )


def compose(job: Job) -> Email:
    return COMPOSER.compose(job, to=OWNER, now=START)


def unwrapped(text: str) -> str:
    return " ".join(text.split())


class Reader(HTMLParser):
    """What a mail client makes of a page: its tags, links and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def test_a_completed_mail_says_all_that_its_owner_wants_to_know():
    job = completed(language="es", duration_seconds=3725.4, preview="Buenos días a todos.")
    mail = compose(job)
    assert mail.to == OWNER
    assert mail.subject == "Transcript ready: meeting.mp3"
    link = f"https://api.example.com/v1/links/{job.job_id}~{job.user_id}~2026-11-21T12:00:00.000Z"
    page = Reader(mail.html)
    assert link in page.links
    assert link in mail.text
    for fact in (
        "meeting.mp3",
        "1:02:05",
        "Spanish (detected)",
        "Buenos días a todos.",
        "24 hours, until Saturday, 21 November 2026, 12:00 UTC",
        job.job_id,
    ):
        assert fact in unwrapped(mail.text)
        assert fact in page.text


def test_the_language_says_how_it_was_found_and_what_became_of_it():
    spoken = compose(completed(options=TranscriptionOptions(language="es"), language="es"))
    assert "Language:  Spanish (as asked)\n" in spoken.text
    translated = compose(completed(options=TranscriptionOptions(task="translate"), language="es"))
    assert "Spanish (detected, translated to English)" in translated.text


def test_every_format_has_its_link():
    job = completed()
    mail = compose(job)
    page = Reader(mail.html)
    for output_format in ("txt", "json"):
        assert any(link and link.endswith(f"?format={output_format}") for link in page.links)
    assert "TXT, JSON" in page.text
    whole_lines = re.findall(r"^https://api\.example\.com/v1/links/\S+$", mail.text, re.MULTILINE)
    assert [link.partition("?")[2] for link in whole_lines] == ["", "format=json"]


def test_a_recording_without_speech_is_called_that_and_offers_no_text_to_open():
    mail = compose(completed(preview=" ", language=UNDETERMINED))
    page = Reader(mail.html)
    assert mail.subject == "No speech found: meeting.mp3"
    assert "Language:  Not determined" in mail.text
    assert "No speech was found in this recording" in mail.text
    assert "No speech found" in page.text
    for form in (unwrapped(mail.text), page.text):
        assert NOTHING_HEARD in form
        for wording_of_the_other_mail in ("is ready", "It begins", "Open the transcript"):
            assert wording_of_the_other_mail not in form
    assert all("?format=" in link for link in page.links)
    assert ACCENT.search(mail.html).group() != ACCENT.search(compose(completed()).html).group()


def test_the_page_names_the_product_and_writes_its_facts_alike():
    page = Reader(compose(completed(preview=" ", language=UNDETERMINED)).html)
    assert "Escriba No speech found" in page.text
    assert "Status Completed" in page.text
    assert "Language Not determined" in page.text


@pytest.mark.parametrize(
    "job",
    [
        completed(preview="word " * 1000),
        completed(preview=" ", language=UNDETERMINED),
        *(failed(JobError(code=code, message="reason " * 20)) for code in ("not-media", "gave-up", "other")),
    ],
    ids=lambda job: job.status.value,
)
def test_the_text_form_fits_in_72_columns_but_for_its_links(job):
    lines = compose(job).text.splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 72


def test_a_long_preview_is_cut_to_about_300_characters():
    mail = compose(completed(preview="word " * 1000))
    assert 250 < mail.text.count("word") * 5 <= 300


def test_a_failure_mail_gives_the_reason_the_code_and_the_next_step():
    mail = compose(failed(JobError.of(Fault.NOT_MEDIA, found="plain text")))
    assert mail.subject == "Transcription failed: meeting.mp3"
    for form in (mail.text, Reader(mail.html).text):
        assert "The file is not audio or video: it looks like plain text." in unwrapped(form)
        assert "not-media" in form
        assert "Upload the recording itself" in form
    assert "/v1/links/" not in mail.html


OF_REQUESTS = {Fault.INVALID_REQUEST, Fault.LINK_EXPIRED, Fault.IDEMPOTENCY_KEY_REUSED, Fault.NO_TRANSCRIPT}


@pytest.mark.parametrize(
    "fault",
    [fault for fault in Fault if fault.http_status in (410, 422) and fault not in OF_REQUESTS],
)
def test_every_fault_of_a_file_has_advice_of_its_own(fault):
    assert advice_for(fault.code) != advice_for("a code from the future")


def test_a_code_that_this_version_does_not_know_still_gets_advice():
    assert "job's number" in compose(failed(JobError(code="new-fault", message="Something new."))).text


@given(filename=HOSTILE, preview=HOSTILE)
def test_nothing_in_a_file_name_or_preview_becomes_markup(filename, preview):
    plain = Reader(compose(completed(preview="words")).html)
    hostile = Reader(compose(completed(filename, preview=preview or "words")).html)
    if "No speech found" not in hostile.text:
        assert hostile.tags == plain.tags
        assert len(hostile.links) == len(plain.links)


@given(filename=HOSTILE, reason=HOSTILE)
def test_nothing_in_a_reason_becomes_markup(filename, reason):
    plain = Reader(compose(failed(JobError(code="c", message="m"))).html)
    hostile = Reader(compose(failed(JobError(code="c", message=reason), filename)).html)
    assert hostile.tags == plain.tags


@given(filename=HOSTILE)
def test_a_subject_is_one_short_header_whatever_the_file_is_called(filename):
    subject = compose(completed(filename)).subject
    # The standard library refuses header values with line breaks or other injections.
    EmailMessage()["Subject"] = subject
    assert len(subject.splitlines()) == 1
    assert len(subject) < 100


@given(filename=st.text(min_size=255, max_size=255), preview=st.text(min_size=300))
def test_a_mail_stays_small_enough_for_clients_that_clip(filename, preview):
    assert len(compose(completed(filename, preview=preview)).html.encode()) < MOST_HTML_BYTES


def test_what_looks_like_a_template_is_shown_as_it_is():
    mail = compose(completed("{{ 7*7 }}.mp3"))
    assert "{{ 7*7 }}.mp3" in mail.text
    assert "{{ 7*7 }}.mp3" in Reader(mail.html).text


def test_the_text_form_is_not_escaped():
    assert 'Q&A "live" <2>.mp3' in compose(completed('Q&A "live" <2>.mp3')).text


def test_the_html_form_fetches_nothing():
    page = Reader(compose(completed()).html)
    assert not {"img", "link", "script", "iframe"} & set(page.tags)
    assert all(link and link.startswith("https://api.example.com/v1/") for link in page.links)


@pytest.mark.parametrize("status", [s for s in JobStatus if s not in (JobStatus.COMPLETED, JobStatus.FAILED)])
def test_there_is_no_mail_about_any_other_state(status):
    with pytest.raises(ValueError, match=status.value):
        compose(make_job(status=status))


def test_a_record_that_lacks_what_its_state_promises_is_refused():
    with pytest.raises(ValueError, match="without a result"):
        compose(make_job(status=JobStatus.COMPLETED))
    with pytest.raises(ValueError, match="without a reason"):
        compose(make_job(status=JobStatus.FAILED))
