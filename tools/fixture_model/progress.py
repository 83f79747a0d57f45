"""A line now and then that says how far the work is."""

import time


class Progress:
    """Prints `name: 4000 of 30000 sentences (13 %), 1.2 min`, at most every few seconds."""

    def __init__(self, name: str, total: int, unit: str, every_s: float = 5.0) -> None:
        """Start the clock."""
        self._name, self._total, self._unit, self._every_s = name, total, unit, every_s
        self._started_s = self._printed_s = time.monotonic()

    def report(self, done: int, note: str = "") -> None:
        """Say that `done` of the total are finished, and a note after it."""
        now_s = time.monotonic()
        if done < self._total and now_s - self._printed_s < self._every_s:
            return
        self._printed_s = now_s
        minutes = (now_s - self._started_s) / 60
        share = 100 * done // max(self._total, 1)
        amount = f"{done} of {self._total} {self._unit} ({share} %)"
        ending = f", {note}" if note else ""
        print(f"{self._name}: {amount}, {minutes:.1f} min{ending}", flush=True)
