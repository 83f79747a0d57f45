"""One job of the demo, from the file on disk to the e-mail received, with the time each stage took."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from local.api_client import ApiClient, ApiRefusal, Submission
from local.inbox import Mail

POLL_SECONDS = 0.1
MAIL_DEADLINE_SECONDS = 30.0

FINAL = frozenset({"completed", "failed", "cancelled", "expired"})

Watcher = Callable[[str, int], None]
"""Is told a job's status and progress (0-100) whenever it was asked for."""


class DemoStopped(Exception):
    """The demo ends early; the job is left alone."""


@dataclass(frozen=True)
class Stages:
    """Milliseconds. The worker's own stages come from the job; the rest is what a caller sees.

    ``outside_ms`` is all of ``total_ms`` (last byte stored to COMPLETED) that was neither decoding nor
    inference. ``mail_ms`` runs from COMPLETED to the carrier's acceptance and can be below zero: the
    notice leaves before the state is written.
    """

    pickup_ms: float
    queue_wait_ms: float
    decode_ms: float
    inference_ms: float
    store_ms: float
    notice_ms: float
    mail_ms: float | None
    outside_ms: float
    total_ms: float


@dataclass(frozen=True)
class DemoResult:
    """How one job ended. ``error`` is None only if everything a caller is promised came true."""

    filename: str
    job: dict[str, Any] | None = None
    files: tuple[Path, ...] = ()
    transcript: str = ""
    mail: Mail | None = None
    stages: Stages | None = None
    error: str | None = None


class DemoRun:
    """Runs jobs against one platform. ``stop`` makes those under way give up."""

    def __init__(self, api: ApiClient, *, language: str, outputs: Path, stop: threading.Event) -> None:
        self._api = api
        self._language = language
        self._outputs = outputs
        self._stop = stop

    def __call__(self, audio: Path, watch: Watcher) -> DemoResult:
        """Submit, wait, download, read the mail. Faults end up in the result, not in a traceback."""
        try:
            return self._run(audio, watch)
        except (ApiRefusal, DemoStopped) as refusal:
            return DemoResult(audio.name, error=str(refusal))
        except httpx.HTTPError as error:
            return DemoResult(audio.name, error=f"the platform did not answer: {error}")

    def _run(self, audio: Path, watch: Watcher) -> DemoResult:
        submission = self._api.submit(audio, language=self._language)
        job = self._wait_until_final(submission.job_id, watch)
        mail = self._wait_for_mail(submission.job_id)
        if job["status"] != "completed":
            reason = (job.get("error") or {}).get("message")
            return DemoResult(audio.name, job, mail=mail, error=reason or f"the job is {job['status']}")
        files = self._api.download(submission.job_id, self._outputs / audio.name)
        text = next(path for path in files if path.suffix == ".txt").read_text(encoding="utf-8")
        return DemoResult(
            audio.name,
            job,
            files,
            text.strip(),
            mail,
            stages_of(job, submission, mail),
            error=self._fault_of(mail, text),
        )

    def _wait_until_final(self, job_id: str, watch: Watcher) -> dict[str, Any]:
        while True:
            job = self._api.job(job_id)
            watch(job["status"], job["progress"])
            if job["status"] in FINAL:
                return job
            self._pause()

    def _wait_for_mail(self, job_id: str) -> Mail | None:
        for _ in range(int(MAIL_DEADLINE_SECONDS / POLL_SECONDS)):
            mail = self._api.mail_about(job_id)
            if mail is not None:
                return mail
            self._pause()
        return None

    def _pause(self) -> None:
        if self._stop.wait(POLL_SECONDS):
            raise DemoStopped("the demo was stopped")

    def _fault_of(self, mail: Mail | None, text: str) -> str | None:
        if mail is None:
            return f"no e-mail came within {MAIL_DEADLINE_SECONDS:.0f} s"
        if mail.link is None:
            return "the e-mail holds no link"
        if self._api.follow(mail.link).decode() != text:
            return "the e-mail's link does not give the transcript"
        return None


def stages_of(job: dict[str, Any], submission: Submission, mail: Mail | None) -> Stages:
    """The stages of a completed job."""
    timings = job["timings"]
    completed_at = datetime.fromisoformat(job["completedAt"])
    total_ms = _ms_between(submission.sent_at, completed_at)
    return Stages(
        # The upload event may overtake the answer to the upload.
        pickup_ms=max(0.0, _ms_between(submission.sent_at, datetime.fromisoformat(job["queuedAt"]))),
        queue_wait_ms=timings["queueWaitMs"],
        decode_ms=timings["decodeMs"],
        inference_ms=timings["inferenceMs"],
        store_ms=timings["storeMs"],
        notice_ms=timings["noticeMs"],
        mail_ms=None if mail is None else _ms_between(completed_at, mail.accepted_at),
        outside_ms=total_ms - timings["decodeMs"] - timings["inferenceMs"],
        total_ms=total_ms,
    )


def _ms_between(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() * 1000
