"""Tasks that work a queue: which file starts when, and which task can stop.

A task is busy as long as one of its slots is, and a busy task is protected from scale-in, as the workers
protect themselves (shared/worker/protection.py): only idle ones stop.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass

import numpy as np

from benchmarks.autoscale_sim.arrivals import Arrivals


@dataclass(frozen=True)
class Pace:
    """What a task can do. ``speed`` is seconds of audio a slot hears in a second."""

    slots: int
    speed: float
    start_seconds: float
    """From the decision to the first message: place, image, model."""


class Fleet:
    """Advance it with :meth:`run_until`; tell it how many tasks are wanted with :meth:`want`."""

    def __init__(self, arrivals: Arrivals, pace: Pace, *, tasks: int, seed: int) -> None:
        self._pace = pace
        self._random = random.Random(seed)  # noqa: S311 - who gets a message, not a secret
        self._arriving = arrivals.at_seconds.tolist()
        self._audio = arrivals.audio_seconds.tolist()
        self._next = 0
        self._waiting: deque[int] = deque()
        self._ends: list[tuple[float, int, int]] = []  # when, task, file
        self._starts: deque[float] = deque()
        self._free: list[int] = []  # a task's id for each of its free slots
        self._busy: dict[int, int] = {}
        self._ids = 0
        self._heard: list[float] = []
        self.started_at = np.full(len(self._arriving), np.nan)
        for _ in range(tasks):
            self._add_task()

    @property
    def running(self) -> int:
        """Tasks that work or could."""
        return len(self._busy)

    @property
    def starting(self) -> int:
        """Tasks that are paid for and don't work yet."""
        return len(self._starts)

    @property
    def waiting(self) -> int:
        """Messages that nobody holds."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Messages that are worked on."""
        return len(self._ends)

    @property
    def done(self) -> bool:
        """Whether every file has come and ended."""
        return self._next == len(self._arriving) and not self._waiting and not self._ends

    def heard_since_last_time(self) -> float | None:
        """The mean length of the files that ended since this was asked last, in seconds; None of none."""
        heard, self._heard = self._heard, []
        return sum(heard) / len(heard) if heard else None

    def want(self, tasks: int, now: float) -> None:
        """Start tasks, or stop what can be stopped at once: those that start, then those that idle."""
        for _ in range(tasks - self.running - self.starting):
            self._starts.append(now + self._pace.start_seconds)
        for _ in range(self.running + self.starting - tasks):
            if self._starts:
                self._starts.pop()
        self._stop_idle(max(0, self.running - tasks))

    def run_until(self, until: float) -> None:
        """Let everything happen that happens before that second."""
        while (now := self._soonest()) < until:
            if self._starts and self._starts[0] == now:
                self._starts.popleft()
                self._add_task()
            elif self._ends and self._ends[0][0] == now:
                _, task, file = heapq.heappop(self._ends)
                self._heard.append(self._audio[file])
                self._busy[task] -= 1
                self._free.append(task)
            else:
                self._waiting.append(self._next)
                self._next += 1
            self._hand_out(now)

    def _soonest(self) -> float:
        return min(
            self._starts[0] if self._starts else np.inf,
            self._ends[0][0] if self._ends else np.inf,
            self._arriving[self._next] if self._next < len(self._arriving) else np.inf,
        )

    def _hand_out(self, now: float) -> None:
        """SQS gives a message to whoever asks: to any free slot."""
        while self._waiting and self._free:
            place = self._random.randrange(len(self._free))
            self._free[place], self._free[-1] = self._free[-1], self._free[place]
            task, file = self._free.pop(), self._waiting.popleft()
            self._busy[task] += 1
            self.started_at[file] = now
            heapq.heappush(self._ends, (now + self._audio[file] / self._pace.speed, task, file))

    def _add_task(self) -> None:
        self._ids += 1
        self._busy[self._ids] = 0
        self._free += [self._ids] * self._pace.slots

    def _stop_idle(self, most: int) -> None:
        stopped = {task for task, busy in self._busy.items() if not busy}
        stopped = set(sorted(stopped)[:most])
        if stopped:
            self._busy = {task: busy for task, busy in self._busy.items() if task not in stopped}
            self._free = [task for task in self._free if task not in stopped]
