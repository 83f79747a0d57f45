"""What a step works with: the job, what the steps before it left, and a place to put its own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from services.converter.input_file import Limits, Report
from shared.domain.filenames import output_filename
from shared.domain.jobs import Job
from shared.domain.object_keys import output_key, step_key
from shared.domain.steps import StepFile, StepOutput
from shared.domain.workflows import WORKFLOWS, Workflow
from shared.media.ranged_reader import RangedReader
from shared.ports.object_store import ObjectStore


@dataclass(frozen=True)
class Stage:
    """One step of one job. ``done`` are the steps before it by name, ``planned`` the names of all steps.

    ``audio`` holds what was uploaded, ``results`` what jobs make.
    """

    job: Job
    number: int
    planned: tuple[str, ...]
    done: Mapping[str, StepOutput]
    audio: ObjectStore
    results: ObjectStore
    limits: Limits
    report: Report

    @property
    def workflow(self) -> Workflow:
        """What is asked for."""
        return workflow_of(self.job)

    def original(self) -> RangedReader:
        """The file as it came."""
        return RangedReader(self.audio, self.job.file.key)

    def latest(self, role: str) -> StepFile:
        """The newest file of that role."""
        return self.files()[role]

    def files(self) -> dict[str, StepFile]:
        """The newest file of each role so far."""
        return newest_by_role(self.done)

    def open(self, file: StepFile) -> RangedReader:
        """What an earlier step stored."""
        return RangedReader(self.results, file.key)

    def store(
        self, file: IO[bytes], role: str, extension: str, content_type: str, *, delivered: bool
    ) -> StepFile:
        """Store a file under the step's own key, so that a repeated try overwrites it.

        Delivered ones are the owner's; the others are removed once the workflow is done. Raises what the
        heartbeat has learnt: who has lost the job stores nothing.
        """
        self.report(1.0)
        user_id, job_id = self.job.user_id, self.job.job_id
        key = (
            output_key(user_id, job_id, self.number, extension)
            if delivered
            else step_key(user_id, job_id, self.number, role, extension)
        )
        size_bytes = file.seek(0, 2)
        self.results.write_file(key, file, content_type=content_type)
        return StepFile(
            role=role,
            filename=output_filename(self.job.file.filename, extension, nameless="audio"),
            key=key,
            content_type=content_type,
            size_bytes=size_bytes,
            delivered=delivered,
        )


def workflow_of(job: Job) -> Workflow:
    """The workflow of a job that is one."""
    if isinstance(job.operation, WORKFLOWS):
        return job.operation
    raise ValueError(f"a job of type {job.type} names no workflow")


def newest_by_role(done: Mapping[str, StepOutput]) -> dict[str, StepFile]:
    """Of files with the same role the one that a later step made counts."""
    return {file.role: file for output in done.values() for file in output.files}
