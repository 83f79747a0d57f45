"""A user under the storm: repeats what the platform could not do, and remembers every answer it got."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import (
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from benchmarks.chaos.recordings import Upload

TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 150.0
"""Above the longest outage and the platform's recovery from it."""

OPEN = ("pending", "queued", "processing")

_JOB_IN_MAIL = re.compile(r"^Job ([0-7][0-9A-Z]{25})\s*$", re.MULTILINE)


class Unavailable(Exception):
    """The platform said that it can't do this now (HTTP 5xx)."""


@dataclass(frozen=True)
class ReceivedMail:
    """A mail in the emulator's inbox, and the job that it names."""

    mail_id: str
    job_id: str
    subject: str
    accepted_at: datetime


class PatientCaller:
    """Knows the API's address and one key. Thread-safe; raises ``httpx.HTTPError``, :class:`Unavailable`."""

    def __init__(self, api_url: str, api_key: str, inbox_url: str) -> None:
        # Everything is on this machine: a proxy named in the environment must not be asked.
        self._http = httpx.Client(
            base_url=api_url, headers={"X-API-Key": api_key}, timeout=TIMEOUT_SECONDS, trust_env=False
        )
        self._storage = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._inbox_url = inbox_url
        self._tired = threading.Event()

    def submit(
        self, upload: Upload, *, route: str = "/v1/transcriptions", wishes: Mapping[str, Any] | None = None
    ) -> tuple[str, datetime]:
        """Create a job and send its file; the job's id, and when storage had taken the last byte."""
        declared = {
            "filename": upload.filename,
            "contentType": upload.content_type,
            "size": len(upload.body),
        }
        created = self._ask("POST", route, {"upload": declared, **(wishes or {})}).json()
        target = created["upload"]
        for attempt in self._patiently():
            with attempt:
                stored = self._storage.request(
                    target["method"], target["uploadUrl"], headers=target["headers"], content=upload.body
                )
                _require_available(stored)
                stored.raise_for_status()
        return created["jobId"], datetime.now(UTC)

    def cancel(self, job_id: str) -> None:
        """Ask for the job's end; one that has ended is refused, which is an answer too."""
        self._ask("DELETE", f"/v1/jobs/{job_id}")

    def job(self, job_id: str) -> dict[str, Any] | None:
        """The job as the API shows it; None if it knows none."""
        answer = self._ask("GET", f"/v1/jobs/{job_id}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer.json()

    def count_open_jobs(self) -> int:
        """How many jobs have not ended, as far as the lists know."""
        return sum(self._count(status) for status in OPEN)

    def outputs(self, job_id: str) -> list[bytes]:
        """The content of each output of a job that has some."""
        files = self._ask("GET", f"/v1/jobs/{job_id}/download").raise_for_status().json()["files"]
        return [self._storage.get(file["url"]).raise_for_status().content for file in files]

    def inbox(self) -> list[ReceivedMail]:
        """Every mail that the emulator took, oldest first."""
        accounts = self._storage.get(self._inbox_url).raise_for_status().json()["messages"]
        mails = [_mail(message) for messages in accounts.values() for message in messages]
        return sorted(mails, key=lambda mail: mail.accepted_at)

    def _count(self, status: str) -> int:
        count, cursor = 0, None
        while True:
            parameters = {"status": status, "limit": "100", **({"cursor": cursor} if cursor else {})}
            page = self._http.get("/v1/jobs", params=parameters).raise_for_status().json()
            count += len(page["jobs"])
            cursor = page["nextCursor"]
            if cursor is None:
                return count

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        for attempt in self._patiently():
            with attempt:
                answer = self._http.request(method, path, json=body)
                _require_available(answer)
        return answer

    def give_up(self) -> None:
        """Repeat no call any more: the storm was called off."""
        self._tired.set()

    def _patiently(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type((httpx.TransportError, Unavailable)),
            wait=wait_random_exponential(multiplier=0.2, max=3),
            stop=stop_any(stop_after_delay(PATIENCE_SECONDS), stop_when_event_set(self._tired)),
            sleep=sleep_using_event(self._tired),
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        self._storage.close()


def _require_available(answer: httpx.Response) -> None:
    if answer.is_server_error:
        raise Unavailable(f"{answer.request.method} {answer.request.url.path}: HTTP {answer.status_code}")


def _mail(message: dict[str, Any]) -> ReceivedMail:
    named = _JOB_IN_MAIL.search(message["BodyText"])
    return ReceivedMail(
        mail_id=message["MessageId"],
        job_id=named.group(1) if named else "",
        subject=message["Subject"],
        accepted_at=datetime.fromtimestamp(message["Timestamp"], UTC),
    )
