"""What the demo shows: bars while jobs run, then each job's transcript, mail, files, and the times."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from local.demo_job import DemoResult, Stages
from local.environment import CHECKOUT
from local.inbox import Mail
from shared.domain.languages import language_name

COLUMNS_WITHOUT_TERMINAL = 120


def make_console(*, quiet: bool = False) -> Console:
    """Standard output; coloured and as wide as it is only if it is a terminal."""
    width = None if sys.stdout.isatty() else COLUMNS_WITHOUT_TERMINAL
    return Console(quiet=quiet, width=width, highlight=False, emoji=False)


def print_table(console: Console, table: Table) -> None:
    """Print it; into a file without the blanks that fill its last column up."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.print(line.rstrip(), markup=False, soft_wrap=True)


class _Seconds(ProgressColumn):
    """How long a job has taken so far."""

    def render(self, task: Task) -> Text:
        return Text(_duration((task.finished_time if task.finished else task.elapsed) or 0))


class JobBars:
    """A bar a job on a terminal; elsewhere a line whenever a job's status changes."""

    def __init__(self, console: Console, names: Iterable[str]) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._statuses: dict[str, str] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[status]}"),
            _Seconds(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=100, status="uploading") for name in names
        }

    def update(self, name: str, status: str, percent: int) -> None:
        """Show where a job is; called from the jobs' own threads."""
        done = 100 if status == "completed" else percent
        self._progress.update(self._tasks[name], completed=done, status=status)
        with self._lock:
            if self._statuses.get(name) == status:
                return
            self._statuses[name] = status
        if not self._console.is_terminal:
            self._console.print(f"{name}: {status}", markup=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


def show_result(console: Console, result: DemoResult, *, mail_in_full: bool) -> None:
    """The transcript, the language, the files and the mail of one job."""
    console.print()
    console.rule(f"[bold]{escape(result.filename)}", align="left")
    if result.error:
        show_failure(console, result.error)
    if result.job and result.job["result"]:
        found = result.job["result"]
        measured = found["languageProbability"]
        console.print(
            f"Language: {language_name(found['language'])}"
            f"{'' if measured is None else f', probability {measured:.3f}'}; "
            f"{_duration(found['durationSeconds'])} of audio; model {escape(found['model'])}"
        )
        console.print()
        _indented(console, result.transcript or "(no speech)")
        console.print()
    if result.files:
        console.print("Files:")
        _indented(console, "\n".join(shlex.quote(_short(path)) for path in result.files))
        console.print()
    if result.mail:
        _show_mail(console, result.mail, in_full=mail_in_full)
    if result.mail and result.mail.link and not result.error:
        console.print("Its link was followed and gives this transcript.")


def show_failure(console: Console, reason: str, *, of: str | None = None) -> None:
    """One line that says why there is no transcript, or not all that belongs to it."""
    whose = f"{of} " if of else ""
    console.print(f"[red]{escape(whose)}failed: {escape(reason)}", soft_wrap=True)


def _show_mail(console: Console, mail: Mail, *, in_full: bool) -> None:
    console.print(f"E-mail from {mail.sender} to {', '.join(mail.recipients)}:", markup=False)
    console.print()
    _indented(console, f"Subject: {mail.subject}")
    if in_full:
        _indented(console, f"\n{mail.text.strip()}")
    elif mail.link:
        _indented(console, f"Link: {mail.link}")
    console.print()


def _indented(console: Console, text: str) -> None:
    """Not wrapped, so that a link can be copied."""
    for line in text.splitlines():
        console.print(f"    {line}" if line else "", markup=False, soft_wrap=True)


def _duration(seconds: float) -> str:
    """As the e-mails write it."""
    return str(timedelta(seconds=round(seconds)))


def _short(path: object) -> str:
    return str(path).removeprefix(f"{CHECKOUT}/")


def stage_table(results: Sequence[DemoResult]) -> Table:
    """Milliseconds of each stage, a row a job."""
    table = Table(title="Milliseconds a stage took", title_justify="left", box=None, pad_edge=False)
    table.add_column("job")
    for field in fields(Stages):
        table.add_column(field.name.removesuffix("_ms").replace("_", " "), justify="right")
    for result in results:
        if result.stages is not None:
            values = [getattr(result.stages, field.name) for field in fields(Stages)]
            table.add_row(escape(result.filename), *("" if v is None else f"{v:,.0f}" for v in values))
    return table
