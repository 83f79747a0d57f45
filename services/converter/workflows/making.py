"""The steps that make the files: levelled, encoded, tagged, drawn."""

from __future__ import annotations

import shutil
from typing import IO, cast

from services.converter.input_file import InputFile
from services.converter.operations.master import Goal, Mastered, Recipe, encode, flat_rate_hz, master
from services.converter.operations.metadata import changed_tags
from services.converter.scratch import scratch_file
from services.converter.shaping import LAYOUTS
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Tags
from services.converter.tagging.writing import write_tags
from services.converter.workflows.checking import main_file
from services.converter.workflows.recipes import (
    ACX_RATE_HZ,
    AUDIOBOOK_GOAL,
    MODES,
    bit_rate_of,
    goal_of,
    target_of,
)
from services.converter.workflows.stage import Stage
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.audio_operations import MetadataOptions, SpectrogramOptions
from shared.domain.steps import StepFile, StepOutput
from shared.domain.workflows import AudiobookOptions, MusicMasteringOptions

_COPY_BYTES = 1 << 20


def make_master(stage: Stage) -> StepOutput:
    """The lossless one, at the target's level; music keeps its rate and all its channels."""
    workflow = stage.workflow
    depth = "s24" if MODES[workflow.mode].master_24_bit else None
    if not isinstance(workflow, MusicMasteringOptions):
        mp3 = _mp3_recipe(stage)
        return _mastered(stage, Recipe(AudioFormat.FLAC, mp3.layout, mp3.rate_hz, depth=depth), "master")
    form = AudioFormat(workflow.options.lossless)
    with InputFile(stage.original()) as file:
        recipe = Recipe(form, file.layout_within(FORMATS[form].max_channels), file.track.rate_hz, depth=depth)
    return _mastered(stage, recipe, "master")


def convert(stage: Stage) -> StepOutput:
    """The MP3 from the file as it came, at the target's level."""
    return _mastered(stage, _mp3_recipe(stage), "mp3")


def encode_master(stage: Stage) -> StepOutput:
    """The MP3 of the lossless master; professional has its peaks verified too."""
    recipe = _mp3_recipe(stage)
    source = stage.open(stage.latest("master"))
    care = MODES[stage.workflow.mode].care
    with scratch_file() as target:
        if care.verified:
            goal = _goal(stage, recipe)
            master(source, target, recipe, goal, care, limits=stage.limits, report=stage.report)
        else:
            encode(source, target, recipe, limits=stage.limits, report=stage.report)
        file = _stored(stage, target, AudioFormat.MP3, "mp3", delivered=False)
    return StepOutput(summary=_described(recipe), files=(file,))


def tag(stage: Stage) -> StepOutput:
    """The sound files with the tags of the original and those asked for. No sample is touched."""
    tags = changed_tags(read_tags(stage.original()), MetadataOptions(tags=stage.workflow.metadata), 0)
    chaptered_later = "chapters" in stage.planned
    files = [
        _tagged(stage, file, tags, delivered=not (file.role == "mp3" and chaptered_later))
        for role, file in stage.files().items()
        if role in ("master", "mp3")
    ]
    written = sorted(name for name, text in tags.texts.items() if text)
    return StepOutput(summary=f"tags: {', '.join(written) or 'none'}"[:300], files=tuple(files))


def draw_spectrogram(stage: Stage) -> StepOutput:
    """A picture of the result."""
    from services.converter.operations.spectrogram import draw  # what draws takes long to import

    with scratch_file() as target:
        draw(
            stage.open(main_file(stage)),
            target,
            SpectrogramOptions(),
            limits=stage.limits,
            report=stage.report,
        )
        file = stage.store(target, "picture", "png", "image/png", delivered=True)
    return StepOutput(summary=file.filename, files=(file,))


def _mastered(stage: Stage, recipe: Recipe, role: str) -> StepOutput:
    care = MODES[stage.workflow.mode].care
    with scratch_file() as target:
        made = master(
            stage.original(),
            target,
            recipe,
            _goal(stage, recipe),
            care,
            limits=stage.limits,
            report=stage.report,
        )
        file = _stored(stage, target, recipe.form, role, delivered=False)
    gain_db = 0.0 if made.gain is None else round(made.gain.gain_db, 2)
    return StepOutput(
        summary=f"{_described(recipe)}, {gain_db:+.1f} dB{_limited(made)}",
        files=(file,),
        gain_db=gain_db,
        damaged_packets=made.damaged_packets,
    )


def _limited(made: Mastered) -> str:
    if made.gain is None or made.gain.limit_db is None:
        return ""
    return f", peaks limited to {made.gain.limit_db:g} dBTP"


def _goal(stage: Stage, recipe: Recipe) -> Goal:
    workflow = stage.workflow
    if isinstance(workflow, AudiobookOptions):
        return AUDIOBOOK_GOAL
    return goal_of(target_of(workflow, recipe.shape.channels))


def _mp3_recipe(stage: Stage) -> Recipe:
    """Mono stays mono, all else becomes stereo, unless an audiobook's caller says which. ACX: 44.1 kHz."""
    workflow = stage.workflow
    book = workflow.options if isinstance(workflow, AudiobookOptions) else None
    with InputFile(stage.original()) as file:
        channels = (book.channels if book else None) or min(2, file.track.layout.nb_channels)
        rate_hz = flat_rate_hz(file.track.rate_hz) if book is None else ACX_RATE_HZ
    return Recipe(AudioFormat.MP3, LAYOUTS[channels], rate_hz, bit_rate_of(workflow))


def _described(recipe: Recipe) -> str:
    rate = f"{recipe.bit_rate // 1000} kbit/s, " if recipe.bit_rate else ""
    return f"{recipe.form.value}, {rate}{recipe.rate_hz} Hz, {recipe.layout}"


def _tagged(stage: Stage, file: StepFile, tags: Tags, *, delivered: bool) -> StepFile:
    form = AudioFormat(file.key.rpartition(".")[2])
    with copy_of(stage, file) as target:
        write_tags(target, form, tags)
        return _stored(stage, target, form, file.role, delivered=delivered)


def copy_of(stage: Stage, file: StepFile) -> IO[bytes]:
    """A stored file in one of the operating system's, without a name; its taker closes it."""
    target = scratch_file()
    try:
        # copyfileobj needs no more of a file than a reader has.
        shutil.copyfileobj(cast("IO[bytes]", stage.open(file)), target, _COPY_BYTES)
    except BaseException:
        target.close()
        raise
    return target


def _stored(stage: Stage, file: IO[bytes], form: AudioFormat, role: str, *, delivered: bool) -> StepFile:
    return stage.store(file, role, form.value, FORMATS[form].content_type, delivered=delivered)
