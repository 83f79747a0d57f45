"""What a storm's findings say: the verdict, the figures, the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console
from rich.markup import escape

from benchmarks.chaos.audit import (
    Ending,
    count_attempts,
    count_statuses,
    mailed_twice_by_a_kill,
    percentile,
    seconds_to_notice,
)
from benchmarks.chaos.ledger import Ledger
from local.report import Measurement, at_most, report_table

MOST_SHOWN = 20
SHOWN_AROUND = timedelta(seconds=30)


@dataclass(frozen=True)
class Findings:
    """All that is known once a storm is over. ``dead_letters`` is by queue."""

    seed: int
    ledger: Ledger
    endings: Sequence[Ending]
    dead_letters: dict[str, int]
    messages_left: int
    settled_after_seconds: float
    recorded_mail_ids: frozenset[str]

    @property
    def lost(self) -> list[Ending]:
        """Jobs whose owner did not get what they were promised."""
        return [ending for ending in self.endings if ending.lost]

    @property
    def doubled(self) -> list[Ending]:
        """Jobs whose owner was told too often, but for :attr:`mailed_again`."""
        return [ending for ending in self.endings if ending.doubled and not self._is_mailed_again(ending)]

    @property
    def mailed_again(self) -> list[Ending]:
        """Jobs whose notifier was killed in its one open window: it errs towards a second mail."""
        return [ending for ending in self.endings if ending.doubled and self._is_mailed_again(ending)]

    def _is_mailed_again(self, ending: Ending) -> bool:
        return mailed_twice_by_a_kill(
            ending,
            recorded_mail_ids=self.recorded_mail_ids,
            crashes=self.ledger.crashes,
            outage=self.ledger.outage,
        )

    @property
    def stuck(self) -> list[Ending]:
        """Jobs that never ended."""
        return [ending for ending in self.endings if ending.stuck]

    @property
    def left_behind(self) -> list[Ending]:
        """Jobs for which something lies in storage that no record names."""
        return [ending for ending in self.endings if ending.strays]


def has_kept_its_promise(findings: Findings) -> bool:
    """Whether nothing was lost, doubled, stuck or left behind."""
    return not (findings.lost or findings.doubled or findings.stuck or findings.left_behind)


def figures_of(findings: Findings) -> list[Measurement]:
    """The verdict first, then what it rests on."""
    ledger, endings = findings.ledger, findings.endings
    waits = seconds_to_notice(endings)
    kills = Counter(crash.target.rstrip("0123456789").rstrip("-") for crash in ledger.crashes)
    return [
        at_most("lost", len(findings.lost), "jobs", 0),
        at_most("doubled", len(findings.doubled), "jobs", 0),
        at_most("stuck", len(findings.stuck), "jobs", 0),
        at_most("left behind", len(findings.left_behind), "jobs", 0),
        Measurement("mailed again: killed between mail and record", len(findings.mailed_again), "jobs"),
        Measurement("seed", str(findings.seed), ""),
        Measurement("submitted", len(ledger.submitted), "jobs"),
        Measurement("not taken", len(ledger.refused), "jobs"),
        *_counted(count_statuses(endings), "jobs"),
        Measurement("jobs with readable outputs", sum(ending.readable for ending in endings), "jobs"),
        Measurement("notices received", sum(len(ending.mails) for ending in endings), "mails"),
        *_counted({f"kills: {target}": count for target, count in kills.items()}, "kills"),
        Measurement("messages sent again", ledger.copies, "messages"),
        Measurement("cancels asked for", ledger.cancels_asked, "calls"),
        *_counted(
            {f"dead letters: {queue}": count for queue, count in findings.dead_letters.items()}, "messages"
        ),
        Measurement("messages left in queues", findings.messages_left, "messages"),
        *_counted({f"{n} attempts": jobs for n, jobs in count_attempts(endings).items()}, "jobs"),
        Measurement("upload to notice, p50", round(percentile(waits, 50), 2), "s"),
        Measurement("upload to notice, p99", round(percentile(waits, 99), 2), "s"),
        Measurement("settled after the storm", round(findings.settled_after_seconds, 1), "s"),
    ]


def _counted(counts: dict[str, int], unit: str) -> list[Measurement]:
    return [Measurement(name, count, unit) for name, count in sorted(counts.items())]


def print_findings(console: Console, findings: Findings) -> None:
    """The table, and the jobs that broke the promise."""
    console.print()
    console.print(report_table(figures_of(findings)))
    for ending in findings.left_behind[:MOST_SHOWN]:
        left = ", ".join(ending.strays)
        console.print(f"[red]{ending.submitted.job_id}: left behind {escape(left)} ({ending.status})")
    for ending in [*findings.lost, *findings.doubled, *findings.stuck][:MOST_SHOWN]:
        what = ending.lost or ("never ended" if ending.stuck else f"{len(ending.mails)} notices")
        console.print(f"[red]{ending.submitted.job_id}: {escape(what)} ({ending.status})")
    for ending in [*findings.doubled, *findings.mailed_again][:MOST_SHOWN]:
        for line in _story_of_mails(findings, ending):
            console.print(line, markup=False)
    for reason in sorted(set(findings.ledger.refused))[:MOST_SHOWN]:
        console.print(f"not taken: {reason}", markup=False)


def _story_of_mails(findings: Findings, ending: Ending) -> Iterator[str]:
    """When each mail about a job was taken, and which notifiers died around then."""
    for mail in ending.mails:
        recorded = "on record" if mail.mail_id in findings.recorded_mail_ids else "not on record"
        yield f"{ending.submitted.job_id}: mail taken at {mail.accepted_at:%H:%M:%S.%f}, {recorded}"
        for crash in findings.ledger.crashes:
            if crash.target.startswith("notifier") and abs(crash.at - mail.accepted_at) <= SHOWN_AROUND:
                yield f"    {crash.target} was killed at {crash.at:%H:%M:%S.%f}"
