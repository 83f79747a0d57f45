"""Which part of the converter does a job: an operation by itself, or a workflow of several steps."""

from __future__ import annotations

from services.converter.handler import ConversionHandler
from services.converter.workflows.engine import WorkflowHandler
from shared.domain.jobs import Job
from shared.worker.work import FinishedWork, JobProgress, WaitingWork


class ConverterWork:
    """The ``JobHandler`` of the conversion queue."""

    def __init__(self, operations: ConversionHandler, workflows: WorkflowHandler) -> None:
        self._operations = operations
        self._workflows = workflows
        self.tidy = workflows.tidy

    def __call__(self, job: Job, progress: JobProgress) -> FinishedWork | WaitingWork:
        """Do the job. Raises as its part does."""
        if job.type.is_workflow:
            return self._workflows(job, progress)
        return self._operations(job, progress)

    def discard(self, user_id: str, job_id: str) -> None:
        """A ``Discard`` for both: nobody knows any more what a job that was deleted was to do.

        Outputs of both lie alike, so one of the two removes them.
        """
        self._workflows.discard(user_id, job_id)
