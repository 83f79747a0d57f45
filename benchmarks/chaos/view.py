"""Shows a storm while it goes on: bars on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.chaos.ledger import Ledger

LINE_SECONDS = 10.0


class StormView:
    """Reads the ledger; call :meth:`update` as often as is convenient."""

    def __init__(self, console: Console, ledger: Ledger, *, jobs: int) -> None:
        self._console = console
        self._ledger = ledger
        self._began = self._next_line_at = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[blows]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("submitted", total=jobs, blows="")

    def update(self) -> None:
        """Show what was done so far."""
        blows = f"{len(self._ledger.crashes)} kills, {self._ledger.copies} copies"
        self._progress.update(self._task, completed=self._ledger.settled, blows=blows)
        if not self._console.is_terminal and time.monotonic() >= self._next_line_at:
            self._next_line_at += LINE_SECONDS
            self.say(f"{self._ledger.settled} submitted, {blows}")

    def say(self, sentence: str) -> None:
        """A sentence with its time."""
        self._console.print(f"{time.monotonic() - self._began:4.0f} s  {sentence}", markup=False)

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
