"""Looks at everything that was submitted, once the platform had its time to settle, and counts."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from benchmarks.chaos.caller import OPEN, PatientCaller, ReceivedMail, Unavailable
from benchmarks.chaos.ledger import Crash, Submitted
from benchmarks.chaos.remains import Remains, Storage
from benchmarks.chaos.users import Users
from benchmarks.chaos.works import PROMISES, Promise
from shared.domain.workflows import transcript_job_id

READERS = 8
ENDS = ("completed", "failed")
"""How a job ends that nobody cancelled, and of which its owner is told."""

BEFORE_TAKEN, AFTER_TAKEN = timedelta(seconds=0.5), timedelta(seconds=2)
"""A notifier killed this long before or after the carrier took a mail was just sending or recording it."""


@dataclass(frozen=True)
class Ending:
    """How one job ended. ``readable`` says whether all outputs of a completed job could be read.

    ``mails`` are about it or about the transcription that it asked for, of which nobody is to be told.
    """

    submitted: Submitted
    status: str
    error_code: str | None = None
    attempts: int = 0
    readable: bool = False
    remains: Remains = field(default_factory=Remains)
    mails: tuple[ReceivedMail, ...] = ()

    @property
    def stuck(self) -> bool:
        """It never ended, or the transcription that it asked for did not."""
        return self.status in OPEN or not self.remains.is_at_rest

    @property
    def strays(self) -> tuple[str, ...]:
        """What lies in storage for it and is in no record."""
        return self.remains.strays

    @property
    def lost(self) -> str | None:
        """What its owner was promised and did not get."""
        if self.status == "missing":
            return "the job is unknown"
        if self.status == "expired" or (self.status == "cancelled" and not self._may_be_cancelled):
            return f"{self.status} without anybody's doing"
        if self.remains.missing or (self.status == "completed" and not self.readable):
            return "not all of its outputs are there and readable"
        told = self._promise.told.get(self.status)
        if told and not any(mail.subject.startswith(told) for mail in self.mails):
            return f"{self.status} without a notice"
        return None

    @property
    def _promise(self) -> Promise:
        return PROMISES[self.submitted.planned.work]

    @property
    def _may_be_cancelled(self) -> bool:
        return self.submitted.planned.cancelled_after_seconds is not None

    @property
    def doubled(self) -> bool:
        """Its owner was told more than once, or told of what did not happen."""
        return len(self.mails) > (1 if self.status in ENDS else 0)


def read_endings(users: Users, storage: Storage, submitted: Sequence[Submitted]) -> list[Ending]:
    """Every job as the API shows it to its owner, its outputs read, its mails counted."""
    mails: dict[str, list[ReceivedMail]] = defaultdict(list)
    for mail in users.ordinary.inbox():
        mails[mail.job_id].append(mail)

    def ending_of(job: Submitted) -> Ending:
        told = (*mails[job.job_id], *mails[transcript_job_id(job.job_id)])
        return _ending_of(users.owner_of(job.planned), storage, job, told)

    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(ending_of, submitted))


def _ending_of(
    caller: PatientCaller, storage: Storage, submitted: Submitted, mails: tuple[ReceivedMail, ...]
) -> Ending:
    job = caller.job(submitted.job_id)
    if job is None:
        return Ending(submitted, "missing", mails=mails)
    status, promise = job["status"], PROMISES[submitted.planned.work]
    return Ending(
        submitted,
        status,
        error_code=job["error"]["code"] if job["error"] else None,
        attempts=job["attempts"],
        readable=status == "completed" and _keeps(promise, caller, job),
        remains=storage.remains_of(submitted.job_id),
        mails=mails,
    )


def _keeps(promise: Promise, caller: PatientCaller, job: dict[str, Any]) -> bool:
    try:
        contents = caller.outputs(job["id"])
    except (httpx.HTTPError, Unavailable):
        return False
    sizes = sorted(file["size"] for file in job["outputFiles"])
    return sorted(len(content) for content in contents) == sizes and promise.is_kept_by(contents)


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
    """Jobs by what they were to do and how they ended, failures by their code."""
    return Counter(
        ": ".join(filter(None, (ending.submitted.planned.work, ending.status, ending.error_code)))
        for ending in endings
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
