"""Steps in memory: the same conditional writes as the table's, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from shared.domain.steps import Step, StepRefused


class InMemoryStepStore:
    """A ``StepStore``."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Step] = {}
        self._lock = threading.Lock()

    def plan(self, steps: Sequence[Step]) -> None:
        """Store those that are not there yet."""
        with self._lock:
            for step in steps:
                self._steps.setdefault((step.job_id, step.number), step)

    def list(self, job_id: str) -> list[Step]:
        """All steps of a job, in order."""
        with self._lock:
            found = [step for step in self._steps.values() if step.job_id == job_id]
        return sorted(found, key=lambda step: step.number)

    def save(self, step: Step) -> None:
        """Replace a step's record."""
        with self._lock:
            stored = self._steps.get((step.job_id, step.number))
            if stored is None or stored.claim > step.claim:
                raise StepRefused(step.job_id, step.number)
            self._steps[step.job_id, step.number] = step

    def delete_all(self, job_id: str) -> None:
        """Forget the steps of a job."""
        with self._lock:
            self._steps = {key: step for key, step in self._steps.items() if key[0] != job_id}
