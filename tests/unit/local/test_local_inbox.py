from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from local.inbox import Inbox, Mail, MailFolder

LINK = "http://127.0.0.1:8000/v1/links/abc.def"
MESSAGE = {
    "MessageId": "m1",
    "Source": "escriba@example.com",
    "To": ["you@example.com"],
    "Subject": "Ready: talk.mp3",
    "BodyText": f"Open it:\n{LINK}\nJob 01J",
    "BodyHtml": "<p>Open it</p>",
    "Timestamp": 1_763_640_000.5,
}


def mail(message_id: str = "m1", subject: str = "Ready: talk.mp3") -> Mail:
    accepted_at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    return Mail(message_id, "escriba@example.com", ("you@example.com",), subject, "Text", "<p>", accepted_at)


@pytest.fixture
def inbox() -> Inbox:
    answer = httpx.MockTransport(lambda _request: httpx.Response(200, json={"messages": {"1": [MESSAGE]}}))
    return Inbox(httpx.Client(transport=answer), "http://emulator/messages")


def test_a_mail_is_found_by_its_job_and_knows_its_link(inbox: Inbox):
    found = inbox.mail_about("01J")

    assert found is not None
    assert (found.subject, found.html, found.link) == ("Ready: talk.mp3", "<p>Open it</p>", LINK)
    assert inbox.mail_about("01K") is None


def test_a_mail_becomes_a_text_and_a_page(tmp_path: Path):
    MailFolder(tmp_path).add([mail()])

    page, text = sorted(tmp_path.iterdir())
    assert page.name.endswith("-Ready-talk.mp3.html")
    assert page.read_text() == "<p>"
    assert text.name == f"{page.stem}.txt"
    assert "To: you@example.com\n" in text.read_text()
    assert text.read_text().endswith("Subject: Ready: talk.mp3\n\nText\n")


def test_a_mail_is_written_once(tmp_path: Path):
    folder = MailFolder(tmp_path)

    folder.add([mail()])
    folder.add([mail()])

    assert len(list(tmp_path.glob("*.txt"))) == 1


def test_mails_of_the_same_second_and_subject_are_all_kept(tmp_path: Path):
    MailFolder(tmp_path).add([mail("m1"), mail("m2")])

    assert len(list(tmp_path.glob("*.txt"))) == len(list(tmp_path.glob("*.html"))) == 2


@pytest.mark.parametrize("subject", ["../../etc/passwd", "ñ" * 300, "…", "a/b\nc"])
def test_no_subject_leads_out_of_the_folder(tmp_path: Path, subject: str):
    MailFolder(tmp_path / "mails").add([mail(subject=subject)])

    assert [path.name for path in tmp_path.iterdir()] == ["mails"]
    assert len(list((tmp_path / "mails").iterdir())) == 2
