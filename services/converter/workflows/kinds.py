"""The steps there are: what each does, how often it is tried, and what part of the work it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.converter.workflows.checking import post_check, pre_check, validate, validation
from services.converter.workflows.child import TranscriptJobs
from services.converter.workflows.listening import transcript_of, write_chapters
from services.converter.workflows.making import convert, draw_spectrogram, encode_master, make_master, tag
from services.converter.workflows.stage import Stage
from shared.domain.jobs import Job, JobStatus
from shared.domain.steps import StepOutput
from shared.domain.workflows import PodcastOptions


@dataclass(frozen=True)
class Waits:
    """The step can't be done before this job has ended."""

    child: Job


@dataclass(frozen=True)
class StepKind:
    """``weight`` is its part of the work, beside the others'; ``tries`` are those of one claim of the job."""

    run: Callable[[Stage, TranscriptJobs], StepOutput | Waits]
    weight: int
    tries: int = 1
    waits: bool = False
    pause_seconds: float = 1.0


def _by_itself(run: Callable[[Stage], StepOutput]) -> Callable[[Stage, TranscriptJobs], StepOutput]:
    def called(stage: Stage, _children: TranscriptJobs) -> StepOutput:
        return run(stage)

    return called


def _transcript(stage: Stage, children: TranscriptJobs) -> StepOutput | Waits:
    workflow = stage.workflow
    language = workflow.options.language if isinstance(workflow, PodcastOptions) else "auto"
    child = children.transcript_for(stage.job, language)
    return transcript_of(child) if child.status is JobStatus.COMPLETED else Waits(child)


KINDS: dict[str, StepKind] = {
    "validate": StepKind(_by_itself(validate), 2),
    "pre-check": StepKind(_by_itself(pre_check), 15),
    "master": StepKind(_by_itself(make_master), 30, tries=3),
    "convert": StepKind(_by_itself(convert), 40, tries=3),
    "encode": StepKind(_by_itself(encode_master), 20, tries=3),
    "metadata": StepKind(_by_itself(tag), 3, tries=2),
    "spectrogram": StepKind(_by_itself(draw_spectrogram), 8, tries=2),
    "post-check": StepKind(_by_itself(post_check), 15),
    "validation": StepKind(_by_itself(validation), 5),
    "transcript": StepKind(_transcript, 60, waits=True),
    "chapters": StepKind(_by_itself(write_chapters), 3, tries=2),
}
