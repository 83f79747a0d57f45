"""The steps of a podcast that need what was said: its transcript, and the chapters cut from it."""

from __future__ import annotations

import io

from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Tags, chapters_from
from services.converter.tagging.writing import write_tags
from services.converter.workflows.chaptering import chapters_document, chapters_of
from services.converter.workflows.making import copy_of
from services.converter.workflows.stage import Stage
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import parse_time_ms
from shared.domain.jobs import Job
from shared.domain.steps import StepFile, StepOutput
from shared.domain.transcript import Transcript
from shared.domain.workflows import PodcastOptions

TRANSCRIPT = "transcript-"
"""What the roles of a transcript's files begin with; the rest is the extension."""

_CHAPTERS_TYPE = "application/json+chapters"
_BLOCK_BYTES = 1 << 20


def transcript_of(child: Job) -> StepOutput:
    """What the transcription's job has stored: its files are the workflow's too."""
    files = tuple(
        StepFile(**output.model_dump(), role=f"{TRANSCRIPT}{output.key.rpartition('.')[2]}", delivered=True)
        for output in child.outputs
    )
    return StepOutput(summary=f"job {child.job_id}", files=files)


def write_chapters(stage: Stage) -> StepOutput:
    """Chapters into the MP3 (ID3 CHAP and CTOC) and into a ``chapters.json``."""
    workflow = stage.workflow
    if not isinstance(workflow, PodcastOptions):
        raise ValueError("only a podcast has chapters")
    transcript = Transcript.model_validate_json(_read(stage, stage.latest(f"{TRANSCRIPT}json")))
    found = chapters_of(transcript, workflow.options.chapter_seconds)
    starts_ms = [parse_time_ms(chapter.start) for chapter in found]
    document = io.BytesIO(chapters_document(found, starts_ms))
    listing = stage.store(document, "chapters", "chapters.json", _CHAPTERS_TYPE, delivered=True)
    with copy_of(stage, stage.latest("mp3")) as target:
        tags = read_tags(target)
        if found:
            titles = tuple(chapter.title for chapter in found)
            chapters = chapters_from(
                tuple(zip(starts_ms, titles, strict=True)), round(transcript.duration_seconds * 1000)
            )
            tags = Tags(tags.texts, tags.cover, chapters)
        write_tags(target, AudioFormat.MP3, tags)
        sound = stage.store(target, "mp3", "mp3", "audio/mpeg", delivered=True)
    return StepOutput(summary=f"{len(found)} chapters", files=(sound, listing), chapters=found)


def _read(stage: Stage, file: StepFile) -> bytes:
    return b"".join(
        stage.results.read_range(file.key, start, _BLOCK_BYTES)
        for start in range(0, file.size_bytes, _BLOCK_BYTES)
    )
