"""What operators see: tables for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from textwrap import shorten

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from shared.domain.record import format_time
from shared.ports.clock import Clock
from tools.deadletters.letters import Finding
from tools.deadletters.replay import Dealt

_NOTHING = "–"
_REASON_CHARACTERS = 120
"""In a table; ``show`` gives the whole."""
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


class View:
    """Prints to ``out``; what is only for people's eyes goes to ``err``."""

    def __init__(self, *, out: Console, err: Console, clock: Clock, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._clock = clock
        self._as_json = as_json

    def letters(self, findings: Sequence[Finding]) -> None:
        """One line a letter."""
        if self._as_json:
            self._print_json([self._facts(finding) for finding in findings])
        elif findings:
            self._print_table([(finding, []) for finding in findings], [])

    def dealt(self, dealt: Sequence[Dealt]) -> None:
        """One line a letter, with what became of it."""
        if self._as_json:
            facts = [
                {**self._facts(one.finding), "action": one.decision.action.value, "why": one.decision.why}
                for one in dealt
            ]
            self._print_json(facts)
        elif dealt:
            rows = [(one.finding, [one.decision.action.value, one.decision.why]) for one in dealt]
            self._print_table(rows, ["action", "because"])

    def whole(self, findings: Sequence[Finding]) -> None:
        """Everything that is known of letters and their jobs."""
        self._print_json([{**self._facts(finding), **_contents(finding)} for finding in findings])

    def say(self, sentence: str) -> None:
        """Tell the operator something, in a line of its own."""
        self._err.print(Text(sentence), soft_wrap=True)

    @contextmanager
    def progress(self, doing: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar that moves on with each call, where there is a terminal to show it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        hidden = not self._err.is_terminal
        with Progress(*columns, console=self._err, transient=True, disable=hidden) as bar:
            task = bar.add_task(doing, total=total)
            yield lambda steps: bar.advance(task, steps)

    def _print_json(self, value: list[dict[str, object]]) -> None:
        self._out.print(Text(json.dumps(value, indent=2, ensure_ascii=False)), soft_wrap=True)

    def _print_table(self, rows: Sequence[tuple[Finding, list[str]]], more_columns: list[str]) -> None:
        table = Table(box=None, pad_edge=False)
        for column in ("queue", "job", "reason", "age", "received", "job status", *more_columns):
            is_number = column in ("age", "received")
            table.add_column(
                column,
                justify="right" if is_number else "left",
                no_wrap=is_number or column in ("queue", "job"),
            )
        for finding, more in rows:
            delivery = finding.letter.delivery
            cells = [
                finding.letter.queue,
                finding.letter.job_id or _NOTHING,
                shorten(finding.letter.reason, _REASON_CHARACTERS, placeholder="…"),
                age_in_words((self._clock.now() - delivery.sent_at).total_seconds()),
                str(delivery.receive_count),
                finding.job_status or _NOTHING,
                *more,
            ]
            table.add_row(*(Text(cell) for cell in cells))  # what a body holds is no markup
        self._out.print(table)

    def _facts(self, finding: Finding) -> dict[str, object]:
        delivery = finding.letter.delivery
        return {
            "queue": finding.letter.queue,
            "messageId": delivery.message_id,
            "jobId": finding.letter.job_id,
            "reason": finding.letter.reason,
            "sentAt": format_time(delivery.sent_at),
            "ageSeconds": _age_seconds(delivery.sent_at, self._clock.now()),
            "receiveCount": delivery.receive_count,
            "jobStatus": finding.job_status,
        }


def _contents(finding: Finding) -> dict[str, object]:
    delivery = finding.letter.delivery
    job = (
        None if finding.job is None else finding.job.model_dump(mode="json", by_alias=True, exclude_none=True)
    )
    return {"attributes": delivery.attributes, "body": delivery.body, "job": job}


def _age_seconds(sent_at: datetime, now: datetime) -> int:
    return max(0, round((now - sent_at).total_seconds()))


def age_in_words(seconds: float) -> str:
    """In the largest unit of which there are two, whole: 90 s, 119 min, 47 h, 9 d."""
    whole = max(0, int(seconds))
    for unit_seconds, unit in _UNITS:
        if whole >= 2 * unit_seconds:
            return f"{whole // unit_seconds} {unit}"
    return f"{whole} s"
