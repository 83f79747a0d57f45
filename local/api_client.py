"""Escriba as a caller sees it: HTTP and nothing else. Knows field names of the API, no code of it."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from local.inbox import Inbox, Mail

TIMEOUT_SECONDS = 60.0


class ApiRefusal(Exception):
    """The API answered with a problem (RFC 9457); the text is its sentence."""


@dataclass(frozen=True)
class Submission:
    """A job that has its audio. ``sent_at`` is when storage had taken the last byte."""

    job_id: str
    sent_at: datetime


def media_type(audio: Path) -> str:
    """The content type to declare for a file, by its name; what the file really is, the router sees."""
    guessed, _ = mimetypes.guess_type(audio.name)
    return guessed if guessed and guessed.startswith(("audio/", "video/")) else "application/octet-stream"


class ApiClient:
    """Calls one Escriba with one API key. Thread-safe; raises :class:`ApiRefusal`, ``httpx.HTTPError``."""

    def __init__(self, api_url: str, api_key: str, inbox_url: str) -> None:
        # Everything is on this machine: a proxy named in the environment must not be asked.
        self._http = httpx.Client(
            base_url=api_url, headers={"X-API-Key": api_key}, timeout=TIMEOUT_SECONDS, trust_env=False
        )
        self._bare = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._inbox = Inbox(self._bare, inbox_url)

    def submit(self, audio: Path, *, language: str) -> Submission:
        """Create a job and send its audio straight to storage."""
        upload = {
            "filename": audio.name,
            "contentType": media_type(audio),
            "size": audio.stat().st_size,
        }
        job = self._answer(
            self._http.post("/v1/transcriptions", json={"upload": upload, "language": language})
        )
        target = job["upload"]
        with audio.open("rb") as body:
            stored = self._bare.request(
                target["method"], target["uploadUrl"], headers=target["headers"], content=body
            )
        stored.raise_for_status()
        return Submission(job["jobId"], sent_at=datetime.now(UTC))

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it stands."""
        return self._answer(self._http.get(f"/v1/jobs/{job_id}"))

    def download(self, job_id: str, folder: Path) -> tuple[Path, ...]:
        """Fetch every output of a finished job into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for output in self._answer(self._http.get(f"/v1/jobs/{job_id}/download"))["files"]:
            path = folder / Path(output["filename"]).name
            path.write_bytes(self._bare.get(output["url"]).raise_for_status().content)
            paths.append(path)
        return tuple(paths)

    def mail_about(self, job_id: str) -> Mail | None:
        """The e-mail that names the job, once it is there."""
        return self._inbox.mail_about(job_id)

    def follow(self, link: str) -> bytes:
        """What a link from an e-mail gives; it needs no API key."""
        return self._bare.get(link, follow_redirects=True).raise_for_status().content

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        if response.is_error:
            raise ApiRefusal(body.get("detail", f"HTTP {response.status_code}"))
        return body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        self._bare.close()
