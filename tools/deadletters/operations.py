"""The four things an operator does with dead letters. Each returns the status that the process ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from shared.domain.errors import EscribaError
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from tools.deadletters.box import AT_ONCE, Box, OpenBox, opened
from tools.deadletters.letters import Finding, look_up
from tools.deadletters.replay import Action, Dealt, Decision, Replayer, decide
from tools.deadletters.view import View

DONE = 0
LEFT_SOMETHING = 1
"""Some letters were kept, what was asked for is not there, or the operator said no."""

_PURGED = Decision(Action.DROP, "purged")


@dataclass(frozen=True)
class Selection:
    """Which letters are meant: those whose reason holds the text, of at most ``limit`` a queue."""

    reason: str | None = None
    limit: int = 1000


@dataclass(frozen=True)
class Taken:
    """A letter that is meant, and the box that it was taken from."""

    open_box: OpenBox
    finding: Finding


class Operations:
    """What ``python -m tools.deadletters`` does."""

    def __init__(
        self,
        boxes: Sequence[Box],
        *,
        jobs: JobStore,
        clock: Clock,
        view: View,
        confirm: Callable[[str], bool],
    ) -> None:
        self._boxes = boxes
        self._jobs = jobs
        self._clock = clock
        self._view = view
        self._confirm = confirm

    def list(self, selection: Selection) -> int:
        """Show what lies there."""
        with self._taken(selection) as taken:
            self._view.letters([one.finding for one in taken])
            self._view.say(_how_many(len(taken)))
        return DONE

    def show(self, wanted: str, selection: Selection) -> int:
        """Show the letters of a message id or a job id, with their jobs."""
        with self._taken(selection) as taken:
            found = [one.finding for one in taken if wanted in _names_of(one.finding)]
        if not found:
            self._view.say(f"there is no dead letter with the message id or job id {wanted}")
            return LEFT_SOMETHING
        self._view.whole(found)
        return DONE

    def replay(self, selection: Selection, *, dry_run: bool) -> int:
        """Set them going again."""
        with self._taken(selection) as taken:
            if dry_run:
                return self._tell([Dealt(one.finding, decide(one.finding)) for one in taken])
            return self._tell(self._deal_with_each(taken, self._replay))

    def purge(self, selection: Selection, *, dry_run: bool, unasked: bool) -> int:
        """Delete them for good; asks first, and then deletes what was shown and nothing else."""
        with self._taken(selection) as taken:
            if dry_run or not taken:
                return self._tell([Dealt(one.finding, _PURGED) for one in taken])
            if unasked:
                return self._tell(self._deal_with_each(taken, self._purge))
            shown = {one.finding.letter.delivery.message_id for one in taken}
            self._view.letters([one.finding for one in taken])
        if not self._confirm(f"Delete {_how_many(len(shown))} for good?"):
            self._view.say("nothing was deleted")
            return LEFT_SOMETHING
        with self._taken(selection) as taken:
            meant = [one for one in taken if one.finding.letter.delivery.message_id in shown]
            return self._tell(self._deal_with_each(meant, self._purge))

    def _replay(self, one: Taken) -> Dealt:
        return Replayer(one.open_box, jobs=self._jobs, clock=self._clock)(one.finding)

    def _purge(self, one: Taken) -> Dealt:
        try:
            one.open_box.remove(one.finding.letter)
        except EscribaError as error:
            return Dealt(one.finding, Decision(Action.KEEP, str(error)))
        return Dealt(one.finding, _PURGED)

    @contextmanager
    def _taken(self, selection: Selection) -> Iterator[Sequence[Taken]]:
        with ExitStack() as stack:
            with self._view.progress("reading") as on_taken:
                boxes = [
                    stack.enter_context(opened(box, limit=selection.limit, on_taken=on_taken))
                    for box in self._boxes
                ]
            meant = [
                (open_box, letter)
                for open_box in boxes
                for letter in open_box.letters
                if letter.is_meant(reason=selection.reason)
            ]
            with ThreadPoolExecutor(AT_ONCE) as threads:
                findings = list(threads.map(lambda pair: look_up(pair[1], self._jobs), meant))
            for open_box in boxes:
                if open_box.may_hold_more:
                    self._view.say(f"{open_box.box.name} may hold more than --limit {selection.limit}")
            yield [Taken(pair[0], finding) for pair, finding in zip(meant, findings, strict=True)]

    def _deal_with_each(self, taken: Sequence[Taken], deal: Callable[[Taken], Dealt]) -> Sequence[Dealt]:
        with (
            self._view.progress("working", total=len(taken)) as advance,
            ThreadPoolExecutor(AT_ONCE) as threads,
        ):
            dealt = []
            for one in threads.map(deal, taken):
                dealt.append(one)
                advance(1)
        return dealt

    def _tell(self, dealt: Sequence[Dealt]) -> int:
        self._view.dealt(dealt)
        kept = sum(one.decision.action is Action.KEEP for one in dealt)
        self._view.say(f"{_how_many(len(dealt))}, {kept} of them kept" if kept else _how_many(len(dealt)))
        return LEFT_SOMETHING if kept else DONE


def _names_of(finding: Finding) -> tuple[str | None, ...]:
    return finding.letter.delivery.message_id, finding.letter.job_id


def _how_many(letters: int) -> str:
    return f"{letters} dead letter{'' if letters == 1 else 's'}"
