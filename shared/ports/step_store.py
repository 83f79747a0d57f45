"""Where the steps of workflows are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.domain.steps import Step


class StepStore(Protocol):
    """The steps of jobs, by job and number."""

    def plan(self, steps: Sequence[Step]) -> None:
        """Store those that are not there yet: a plan made again changes nothing."""
        ...

    def list(self, job_id: str) -> list[Step]:
        """All steps of a job as of now (strongly consistent), in order; none for a job that has none."""
        ...

    def save(self, step: Step) -> None:
        """Replace a step's record, if it is there and no later claim has written it.

        Raises ``StepRefused``.
        """
        ...

    def delete_all(self, job_id: str) -> None:
        """Forget the steps of a job, if there are any."""
        ...
