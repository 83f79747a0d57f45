"""Does a workflow's steps in their order, from the first that is not done.

::

    planned ─▶ for each step ─┬─ COMPLETED, its files stand ─▶ skipped
                              └─ begun ─▶ done ─▶ files stored ─▶ COMPLETED          the checkpoint
                                  │        ├─ PermanentError     FAILED ─▶ all files removed ─▶ job FAILED
                                  │        ├─ anything else      FAILED ─▶ again, as often as the step may,
                                  │        │                     then by the job's own retries
                                  │        └─ must wait          workflow parked, the step stays begun
                                  └─ job lost or handed back     as it stands: the next claim begins it anew

A process may die anywhere: what a step has stored is overwritten by its next try, under the same keys, and
a step that is COMPLETED is not done again. Files that one step hands to another go once all is done; those of
a job that is FAILED because its tries are used up stay, so that a replay goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.converter.input_file import Limits
from services.converter.outputs import delete_outputs
from services.converter.workflows.child import TranscriptJobs
from services.converter.workflows.kinds import KINDS, StepKind, Waits
from services.converter.workflows.outcome import finished_work
from services.converter.workflows.recipes import steps_of
from services.converter.workflows.stage import Stage, workflow_of
from shared.domain.errors import LeaseLost, PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import Job, JobError
from shared.domain.object_keys import steps_prefix
from shared.domain.steps import Step, StepOutput, StepRefused, StepStatus
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectMissing, ObjectStore
from shared.ports.step_store import StepStore
from shared.worker.lease import HandedBack
from shared.worker.work import FinishedWork, JobProgress, WaitingWork

_log = get_logger(__name__)


class WorkflowHandler:
    """A ``JobHandler`` of workflows: safe to call from several threads, and twice for the same job.

    ``audio`` and ``transcripts`` are the two buckets. ``sleep`` waits between two tries of a step.
    """

    def __init__(
        self,
        *,
        steps: StepStore,
        children: TranscriptJobs,
        audio: ObjectStore,
        transcripts: ObjectStore,
        clock: Clock,
        max_audio_minutes: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._steps = steps
        self._children = children
        self._audio = audio
        self._results = transcripts
        self._clock = clock
        self._max_audio_seconds = max_audio_minutes * 60
        self._sleep = sleep

    def __call__(self, job: Job, progress: JobProgress) -> FinishedWork | WaitingWork:
        """Go on with the job. Raises ``PermanentError`` for what is wrong with the file."""
        try:
            return self._go_on(job, progress)
        except PermanentError:
            delete_outputs(self._results, job.user_id, job.job_id)
            self.tidy(job.user_id, job.job_id)
            raise
        except StepRefused as refused:
            raise LeaseLost(str(refused)) from refused

    def discard(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes what any try at a workflow stored, its steps and its transcription."""
        delete_outputs(self._results, user_id, job_id)
        self.tidy(user_id, job_id)
        self._steps.delete_all(job_id)
        self._children.end(user_id, job_id)

    def tidy(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes what steps have handed on to one another."""
        self._results.delete_all(steps_prefix(user_id, job_id))

    def _go_on(self, job: Job, progress: JobProgress) -> FinishedWork | WaitingWork:
        names = steps_of(workflow_of(job))
        done: dict[str, StepOutput] = {}
        for step in self._planned(job.job_id, names):
            share = _Share(progress, names, done, step.name)
            if step.output is not None and self._stands(step):
                done[step.name] = step.output
                continue
            outcome = self._do(job, step, names, done, share)
            if isinstance(outcome, Waits):
                return WaitingWork(int(share.before), partial(self._children.has_ended, outcome.child))
            done[step.name] = outcome
        return finished_work(job, done, self._steps.list(job.job_id))

    def _planned(self, job_id: str, names: tuple[str, ...]) -> list[Step]:
        """The steps as they stand; whoever planned them may have died half-way."""
        steps = self._steps.list(job_id)
        if len(steps) == len(names):
            return steps
        plan = [Step(job_id=job_id, number=number, name=name) for number, name in enumerate(names, start=1)]
        self._steps.plan(plan)
        return self._steps.list(job_id)

    def _stands(self, step: Step) -> bool:
        """Whether a step's checkpoint is whole: a purge or a failure may have removed its files."""
        if step.status is not StepStatus.COMPLETED or step.output is None:
            return False
        try:
            return all(
                self._results.stat(file.key).size_bytes == file.size_bytes for file in step.output.files
            )
        except ObjectMissing:
            return False

    def _do(
        self, job: Job, step: Step, names: tuple[str, ...], done: dict[str, StepOutput], share: _Share
    ) -> StepOutput | Waits:
        kind = KINDS[step.name]
        stage = Stage(
            job=job,
            number=step.number,
            planned=names,
            done=dict(done),
            audio=self._audio,
            results=self._results,
            limits=Limits(job.longest_seconds(self._max_audio_seconds)),
            report=share.report,
        )
        for number in range(1, kind.tries + 1):
            share.enter()
            step = self._begun(job, step, kind)
            try:
                outcome = kind.run(stage, self._children)
            except (LeaseLost, HandedBack):
                raise
            except PermanentError as error:
                self._end(step, JobError(code=error.fault.code, message=str(error)))
                raise
            except Exception as error:
                self._end(step, JobError.of(Fault.INTERNAL))
                if number == kind.tries:
                    raise
                _log.warning("a step failed", step=step.name, tries=number, error=str(error), exc_info=True)
                self._sleep(kind.pause_seconds)
            else:
                if isinstance(outcome, StepOutput):
                    self._end(step, outcome)
                return outcome
        raise AssertionError("the last try returns or raises")

    def _begun(self, job: Job, step: Step, kind: StepKind) -> Step:
        """The record of another try; a step that waits goes on with the one it began."""
        goes_on = kind.waits and step.status is StepStatus.PROCESSING
        begun = step.model_copy(
            update={
                "status": StepStatus.PROCESSING,
                "claim": job.attempts,
                "attempts": step.attempts if goes_on else step.attempts + 1,
                "started_at": step.started_at if goes_on else self._now(),
                "ended_at": None,
                "output": None,
                "error": None,
            }
        )
        self._steps.save(begun)
        return begun

    def _end(self, step: Step, outcome: StepOutput | JobError) -> None:
        if isinstance(outcome, StepOutput):
            changes: dict[str, object] = {"status": StepStatus.COMPLETED, "output": outcome}
        else:
            changes = {"status": StepStatus.FAILED, "error": outcome}
        self._steps.save(step.model_copy(update={**changes, "ended_at": self._now()}))

    def _now(self) -> datetime:
        """To the millisecond, as records keep it."""
        now = self._clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class _Share:
    """The part of the whole progress that one step makes, by the weights of the steps."""

    MOST = 99

    def __init__(
        self, progress: JobProgress, names: tuple[str, ...], done: dict[str, StepOutput], name: str
    ) -> None:
        total = sum(KINDS[each].weight for each in names)
        self._progress = progress
        self._name = name
        self._width = KINDS[name].weight / total * self.MOST
        self.before = sum(KINDS[each].weight for each in done) / total * self.MOST

    def enter(self) -> None:
        """Say that the step begins, and how far the job is."""
        self._progress.report(self.before)
        self._progress.enter(self._name)

    def report(self, share: float) -> None:
        """How much of the step is done, 0 to 1."""
        self._progress.report(self.before + share * self._width)
