"""The whole platform at work on real speech: how long from the first file in storage to the last e-mail."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.chaos.caller import PatientCaller
from benchmarks.chaos.recordings import Upload
from benchmarks.speed.recordings import Recording
from local.platform import Platform
from shared.process import StartupError

POLL_SECONDS = 1.0
"""When an e-mail was accepted is told by itself; asking more often takes time from the workers."""

PATIENCE_SECONDS = 900.0


@dataclass(frozen=True)
class Wave:
    """Files that went through the platform; Unix seconds."""

    began_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        """From the first file's last byte to the last e-mail."""
        return self.ended_at - self.began_at


def send_through(platform: Platform, caller: PatientCaller, uploads: Sequence[Upload]) -> Wave:
    """Submit all and wait for all e-mails. Raises ``StartupError`` if they don't come."""
    submitted: dict[str, datetime] = {}
    for upload in uploads:
        job_id, sent_at = caller.submit(upload)
        submitted[job_id] = sent_at
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        platform.tend()
        told = {mail.job_id: mail for mail in caller.inbox() if mail.job_id in submitted}
        if len(told) == len(submitted):
            break
        if time.monotonic() > deadline:
            raise StartupError(f"{len(submitted) - len(told)} e-mails are missing; logs: {platform.logs}")
        time.sleep(POLL_SECONDS)
    failed = [mail.subject for mail in told.values() if not mail.subject.startswith("Transcript ready")]
    if failed:
        raise StartupError(f"a job failed: {failed[0]}; logs: {platform.logs}")
    return Wave(
        began_at=min(submitted.values()).timestamp(),
        ended_at=max(mail.accepted_at for mail in told.values()).timestamp(),
    )


def uploads_of(recordings: Sequence[Recording]) -> list[Upload]:
    """As a user has them."""
    return [Upload(recording.name, "audio/flac", recording.body) for recording in recordings]


def upload_of(path: Path) -> Upload:
    """The same for a file."""
    return Upload(path.name, "audio/flac", path.read_bytes())
