"""The steps that only look: at what came, and at what came of it."""

from __future__ import annotations

from itertools import takewhile

from services.converter.input_file import InputFile
from services.converter.operations.metadata import changed_tags
from services.converter.tagging.reading import read_tags
from services.converter.workflows.limits import acx_checks, loudness_checks, said
from services.converter.workflows.recipes import MODES, target_of
from services.converter.workflows.stage import Stage
from shared.domain.audio_operations import AnalyseOptions, MetadataOptions
from shared.domain.audio_quality import QualityMetrics
from shared.domain.steps import StepFile, StepOutput
from shared.domain.workflows import AudiobookOptions, LimitCheck
from shared.media.audio_source import Source

LOOKED_AT_SECONDS = 10.0
MOST_LENGTH_ERROR_SECONDS = 0.2
"""Codecs pad what they encode."""


def validate(stage: Stage) -> StepOutput:
    """Whether the file is sound at all and takes the tags: cheap, so that nothing else is begun in vain."""
    source = stage.original()
    changed_tags(read_tags(source), MetadataOptions(tags=stage.workflow.metadata), 0)
    with InputFile(source, limits=stage.limits) as file:
        for _ in takewhile(lambda _: file.seconds < LOOKED_AT_SECONDS, file.frames()):
            pass
        track = file.track
        summary = f"{track.codec_name}, {track.rate_hz} Hz, {track.layout.name}"
    return StepOutput(summary=summary)


def pre_check(stage: Stage) -> StepOutput:
    """The file as it came, held to the limits of the result."""
    return _checked(stage, stage.original())


def post_check(stage: Stage) -> StepOutput:
    """What was made of it."""
    return _checked(stage, stage.open(main_file(stage)))


def main_file(stage: Stage) -> StepFile:
    """The file that the workflow is about: the lossless one where that is what was asked for."""
    files = stage.files()
    return files["master"] if "encode" in stage.planned else files["mp3"]


def validation(stage: Stage) -> StepOutput:
    """Every sound file decoded to its end: it must be as long as what came.

    Raises ``RuntimeError``: that is a fault of ours, not of the file.
    """
    expected = _length_before(stage)
    sounds = [file for role, file in stage.files().items() if role in ("master", "mp3")]
    for file in sounds:
        with InputFile(stage.open(file), report=stage.report) as decoded:
            for _ in decoded.frames():
                pass
            if abs(decoded.seconds - expected) > MOST_LENGTH_ERROR_SECONDS:
                raise RuntimeError(f"{file.role} has {decoded.seconds:.3f} s instead of {expected:.3f} s")
    return StepOutput(summary=f"{len(sounds)} files of {expected:.1f} s decoded to their ends")


def _length_before(stage: Stage) -> float:
    measured = stage.done["pre-check"].quality
    if measured is None:
        raise ValueError("the file as it came was not measured")
    return measured.duration_seconds


def _checked(stage: Stage, source: Source) -> StepOutput:
    from services.converter.operations.analyse import analyse  # what measures takes long to import

    options = AnalyseOptions(metrics=MODES[stage.workflow.mode].metrics)
    quality = analyse(source, options, limits=stage.limits, report=stage.report)
    checks = _checks(stage, quality)
    return StepOutput(summary=f"{quality.level}: {said(checks)}", quality=quality, checks=checks)


def _checks(stage: Stage, quality: QualityMetrics) -> tuple[LimitCheck, ...]:
    workflow = stage.workflow
    if isinstance(workflow, AudiobookOptions):
        return acx_checks(quality)
    return loudness_checks(quality, target_of(workflow, quality.channels))
