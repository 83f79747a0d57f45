"""Looks at everything that was submitted, once the platform had its time to settle, and counts."""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from benchmarks.chaos.caller import OPEN, PatientCaller, ReceivedMail, Unavailable
from benchmarks.chaos.ledger import Crash, Submitted

READERS = 8
OUTPUTS = 5
TOLD = {"completed": "Transcript ready", "failed": "Transcription failed"}
"""How the subject of the one mail about a job begins, by how the job ended."""

BEFORE_TAKEN, AFTER_TAKEN = timedelta(seconds=0.5), timedelta(seconds=2)
"""A notifier killed this long before or after the carrier took a mail was just sending or recording it."""


@dataclass(frozen=True)
class Ending:
    """How one job ended. ``readable`` says whether all outputs of a completed job could be read."""

    submitted: Submitted
    status: str
    error_code: str | None = None
    attempts: int = 0
    readable: bool = False
    mails: tuple[ReceivedMail, ...] = ()

    @property
    def stuck(self) -> bool:
        """It never ended."""
        return self.status in OPEN

    @property
    def lost(self) -> str | None:
        """What its owner was promised and did not get."""
        if self.status == "missing":
            return "the job is unknown"
        if self.status == "completed" and not self.readable:
            return "completed without a readable transcript"
        told = TOLD.get(self.status)
        if told and not any(mail.subject.startswith(told) for mail in self.mails):
            return f"{self.status} without a notice"
        return None

    @property
    def doubled(self) -> bool:
        """Its owner was told more than once, or told of what did not happen."""
        return len(self.mails) > (1 if self.status in TOLD else 0)


def read_endings(caller: PatientCaller, submitted: Sequence[Submitted]) -> list[Ending]:
    """Every job as the API shows it, its outputs read, its mails counted."""
    mails: dict[str, list[ReceivedMail]] = defaultdict(list)
    for mail in caller.inbox():
        mails[mail.job_id].append(mail)
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(lambda job: _ending_of(caller, job, tuple(mails[job.job_id])), submitted))


def _ending_of(caller: PatientCaller, submitted: Submitted, mails: tuple[ReceivedMail, ...]) -> Ending:
    job = caller.job(submitted.job_id)
    if job is None:
        return Ending(submitted, "missing", mails=mails)
    status = job["status"]
    return Ending(
        submitted,
        status,
        error_code=job["error"]["code"] if job["error"] else None,
        attempts=job["attempts"],
        readable=status == "completed" and _outputs_are_readable(caller, job),
        mails=mails,
    )


def _outputs_are_readable(caller: PatientCaller, job: dict[str, Any]) -> bool:
    try:
        contents = caller.outputs(job["id"])
    except (httpx.HTTPError, Unavailable):
        return False
    sizes = sorted(file["size"] for file in job["outputFiles"])
    whole = len(contents) == OUTPUTS and sorted(len(content) for content in contents) == sizes
    return whole and any(_is_the_transcript(content) for content in contents)


def _is_the_transcript(content: bytes) -> bool:
    try:
        return bool(json.loads(content)["segments"])
    except (ValueError, KeyError, TypeError):
        return False


def mailed_twice_by_a_kill(
    ending: Ending,
    *,
    recorded_mail_ids: frozenset[str],
    crashes: Sequence[Crash],
    outage: tuple[datetime, datetime] | None,
) -> bool:
    """Whether a notifier died after the carrier had taken a mail and before that was on record.

    The one window that the notifier can't close (see its handler): it errs towards a second mail. An
    ``outage`` stretches it: what was sent into it is taken at its end, whether its sender lives or not.
    """
    unrecorded = [mail for mail in ending.mails if mail.mail_id not in recorded_mail_ids]
    notifiers = [crash.at for crash in crashes if crash.target.startswith("notifier")]
    killed_then = [
        any(_sent_since(mail, outage) <= at <= mail.accepted_at + AFTER_TAKEN for at in notifiers)
        for mail in unrecorded
    ]
    return len(killed_then) == len(ending.mails) - 1 and all(killed_then)


def _sent_since(mail: ReceivedMail, outage: tuple[datetime, datetime] | None) -> datetime:
    earliest = mail.accepted_at - BEFORE_TAKEN
    if outage is not None and outage[0] <= mail.accepted_at <= outage[1] + AFTER_TAKEN:
        return min(earliest, outage[0])
    return earliest


def count_statuses(endings: Sequence[Ending]) -> Counter[str]:
    """Jobs by how they ended, failures by their code."""
    return Counter(
        f"{ending.status}: {ending.error_code}" if ending.error_code else ending.status for ending in endings
    )


def count_attempts(endings: Sequence[Ending]) -> Counter[int]:
    """Jobs by how often a worker claimed them."""
    return Counter(ending.attempts for ending in endings)


def seconds_to_notice(endings: Sequence[Ending]) -> list[float]:
    """From the end of the upload to the first mail, shortest first."""
    return sorted(
        (min(mail.accepted_at for mail in ending.mails) - ending.submitted.sent_at).total_seconds()
        for ending in endings
        if ending.mails
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Of values in order; 0 where there are too few to speak of."""
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1] if len(ordered) > 1 else 0.0
