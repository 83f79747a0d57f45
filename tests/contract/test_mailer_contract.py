"""Mail goes out whole, in both forms."""

from __future__ import annotations

import httpx
import pytest

from shared.aws.mailer import SesMailer
from shared.domain.email import Email
from shared.domain.errors import TransientError

EMAIL = Email(
    to="owner@example.com",
    subject="Tu transcripción está lista 🎧",
    text="Hola, señora:\nhttps://example.com/v1/links/abc",
    html="<p>Hola, se&ntilde;ora &amp; <a href='https://example.com/v1/links/abc'>texto</a></p>",
)


def test_each_mail_sent_has_an_id_of_its_own(backend):
    mailer = backend.mailer()
    assert mailer.send(EMAIL) != mailer.send(EMAIL)


@pytest.mark.emulator
def test_a_mail_arrives_with_its_subject_text_and_html(emulated_cloud, emulator):
    message_id = emulated_cloud.mailer().send(EMAIL)
    inboxes = httpx.get(emulator.inbox_url, trust_env=False).json()["messages"]
    (mail,) = [mail for box in inboxes.values() for mail in box if mail["MessageId"].startswith(message_id)]
    assert (mail["Source"], mail["To"]) == ("escriba@example.com", [EMAIL.to])
    assert (mail["Subject"], mail["BodyText"], mail["BodyHtml"]) == (EMAIL.subject, EMAIL.text, EMAIL.html)


@pytest.mark.emulator
def test_a_sender_that_is_not_verified_is_the_operators_fault_and_tried_again(emulated_cloud):
    with pytest.raises(TransientError, match="not verified"):
        SesMailer(emulated_cloud.ses, "nobody@unverified.example").send(EMAIL)
