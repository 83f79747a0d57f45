"""What a workflow ends with, from what its steps left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.converter.workflows.kinds import KINDS
from services.converter.workflows.stage import newest_by_role, workflow_of
from shared.domain.jobs import Job, Timings
from shared.domain.steps import Step, StepOutput
from shared.domain.workflows import WorkflowResult, transcript_job_id
from shared.worker.work import FinishedWork

_NOTHING = StepOutput(summary="")


def finished_work(job: Job, done: Mapping[str, StepOutput], steps: Sequence[Step]) -> FinishedWork:
    """The result, the files that are the owner's, and the time from the first step on."""
    before, after = done.get("pre-check", _NOTHING), done["post-check"]
    made = done.get("convert") or done["master"]
    if after.quality is None:
        raise ValueError("the result was not measured")
    result = WorkflowResult(
        mode=workflow_of(job).mode,
        duration_seconds=after.quality.duration_seconds,
        passed=all(check.holds for check in after.checks),
        before=before.quality,
        quality=after.quality,
        checks_before=before.checks,
        checks=after.checks,
        gain_db=made.gain_db,
        damaged_packets=made.damaged_packets,
        chapters=len(done.get("chapters", _NOTHING).chapters),
        transcript_job_id=transcript_job_id(job.job_id) if "transcript" in done else None,
    )
    outputs = tuple(file.as_output() for file in newest_by_role(done).values() if file.delivered)
    return FinishedWork(result=result, outputs=outputs, timings=_timings(job, steps))


def _timings(job: Job, steps: Sequence[Step]) -> Timings:
    """Work is what the steps took; the whole runs from the first step on, waiting for others included."""
    begun = min((step.started_at for step in steps if step.started_at is not None), default=None)
    ended = max((step.ended_at for step in steps if step.ended_at is not None), default=None)
    if begun is None or ended is None:
        return Timings()
    waited = 0.0 if job.queued_at is None else (begun - job.queued_at).total_seconds()
    work_seconds = sum(step.seconds or 0.0 for step in steps if not KINDS[step.name].waits)
    return Timings(
        queue_wait_ms=max(0.0, waited) * 1000,
        decode_ms=work_seconds * 1000,
        total_ms=(ended - begun).total_seconds() * 1000,
    )
