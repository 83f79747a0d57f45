"""E-mail by SES, in its first API: the second is not in every emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.aws.faults import aws_faults
from shared.domain.email import Email

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.type_defs import ContentTypeDef


class SesMailer:
    """A ``Mailer``. SES makes text and HTML one multipart/alternative message.

    IAM: ses:SendEmail
    Identity: the address in ``mail_from``, or its domain, is verified, and the account is out of the
    sandbox (inside it, recipients must be verified too).
    """

    def __init__(self, client: SESClient, mail_from: str) -> None:
        self._client = client
        self._mail_from = mail_from

    def send(self, email: Email) -> str:
        """Hand it over; an address on the suppression list or of wrong form is refused."""
        with aws_faults():
            answer = self._client.send_email(
                Source=self._mail_from,
                Destination={"ToAddresses": [email.to]},
                Message={
                    "Subject": _content(email.subject),
                    "Body": {"Text": _content(email.text), "Html": _content(email.html)},
                },
            )
        return answer["MessageId"]


def _content(text: str) -> ContentTypeDef:
    return {"Data": text, "Charset": "UTF-8"}
