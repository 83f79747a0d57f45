"""The e-mails that the emulator's SES took: as one looks them up, and as files that one can open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

SUBJECT_CHARACTERS = 60
"""Of a subject, in a file name: at most 255 bytes may make one."""

_LINK = re.compile(r"https?://\S+/v1/links/\S+")
_NOT_FOR_FILE_NAMES = re.compile(r"[^\w.]+")


@dataclass(frozen=True)
class Mail:
    """An e-mail as it was received: the same message as text and as HTML."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    accepted_at: datetime

    @property
    def link(self) -> str | None:
        """The link to the transcript, if the mail holds one."""
        found = _LINK.search(self.text)
        return found.group() if found else None


class Inbox:
    """All e-mails at one address of the emulator. Raises ``httpx.HTTPError``."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._http = http
        self._url = url

    def mails(self) -> list[Mail]:
        """Every mail so far."""
        accounts = self._http.get(self._url).raise_for_status().json()["messages"]
        return [
            Mail(
                message_id=message["MessageId"],
                sender=message["Source"],
                recipients=tuple(message["To"]),
                subject=message["Subject"],
                text=message["BodyText"],
                html=message["BodyHtml"],
                accepted_at=datetime.fromtimestamp(message["Timestamp"], UTC),
            )
            for account in accounts.values()
            for message in account
        ]

    def mail_about(self, job_id: str) -> Mail | None:
        """The mail that names the job, once it is there."""
        return next((mail for mail in self.mails() if job_id in mail.text), None)


class MailFolder:
    """Writes each mail once, as ``{local time}-{subject}.txt`` and ``.html``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[str] = set()

    def add(self, mails: Iterable[Mail]) -> None:
        """Write those that are new."""
        for mail in mails:
            if mail.message_id not in self._written:
                self._write(mail)
                self._written.add(mail.message_id)

    def _write(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = self._free_name(mail)
        (self._folder / f"{name}.txt").write_text(_as_text(mail), encoding="utf-8")
        (self._folder / f"{name}.html").write_text(mail.html, encoding="utf-8")

    def _free_name(self, mail: Mail) -> str:
        subject = _NOT_FOR_FILE_NAMES.sub("-", mail.subject)[:SUBJECT_CHARACTERS].strip("-.")
        name = wanted = f"{mail.accepted_at.astimezone():%Y-%m-%d-%H%M%S}-{subject}"
        number = 1
        while (self._folder / f"{name}.txt").exists():
            number += 1
            name = f"{wanted}-{number}"
        return name


def _as_text(mail: Mail) -> str:
    return (
        f"From: {mail.sender}\nTo: {', '.join(mail.recipients)}\n"
        f"Date: {mail.accepted_at.astimezone().isoformat(timespec='seconds')}\n"
        f"Subject: {mail.subject}\n\n{mail.text}\n"
    )
