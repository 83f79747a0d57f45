"""Workflows: a recording made ready for publication in steps, and what may be asked of each.

A mode sets what nobody chose; what a caller names in the options wins. The tables of what each mode does
stand with the work, in ``services/converter/workflows/recipes.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.audio_operations import LoudnessTarget, Operation, TagName, TagText
from shared.domain.audio_quality import QualityMetrics
from shared.domain.ids import derived_id
from shared.domain.languages import AUTO
from shared.domain.record import Record

_TRANSCRIPT = 1
"""The number that a workflow's transcription has among the ids that are derived from its own."""

Mode = Literal["quick", "standard", "professional"]
MasterQuality = Literal["low", "medium", "high"]
"""Of the MP3: which bit rate each means is a workflow's own affair."""


class MasterChoices(Record):
    """What every workflow lets its caller choose. ``generateVisual`` null: as the mode has it."""

    quality: MasterQuality = "high"
    generate_visual: bool | None = None


class PodcastChoices(MasterChoices):
    """``chapters`` are cut where the speakers pause longest, so they need the transcript and imply it.

    A chapter is at least ``chapterSeconds`` long. ``language`` is that of the transcript.
    """

    transcript: bool = False
    chapters: bool = False
    chapter_seconds: int = Field(default=180, ge=10, le=3600)
    language: str = AUTO

    @property
    def needs_transcript(self) -> bool:
        """Whether one is to be made."""
        return self.transcript or self.chapters


class MusicChoices(MasterChoices):
    """``lossless`` is the format of the master beside the MP3; ``loudness`` replaces the mode's target."""

    lossless: Literal["flac", "wav"] = "flac"
    loudness: LoudnessTarget | None = None


class AudiobookChoices(MasterChoices):
    """``channels`` null keeps mono mono and makes anything else stereo.

    ``quality``: ACX takes nothing below 192 kbit/s, which is therefore the lowest and the usual one.
    """

    quality: MasterQuality = "low"
    channels: Literal[1, 2] | None = None


class _Workflow(Record):
    mode: Mode = "standard"
    metadata: dict[TagName, TagText] = Field(
        default_factory=dict, max_length=100, description="Tags of the result: title, artist, album, …"
    )


class PodcastOptions(_Workflow):
    """An episode: MP3 at -16 LUFS (mono: -19), tagged, with transcript and chapters where asked for."""

    operation: Literal["podcast"] = "podcast"
    options: PodcastChoices = PodcastChoices()


class MusicMasteringOptions(_Workflow):
    """A track: a lossless master at the loudness of streaming services, and an MP3 of it."""

    operation: Literal["music_mastering"] = "music_mastering"
    options: MusicChoices = MusicChoices()


class AudiobookOptions(_Workflow):
    """A chapter of an audiobook: MP3 as ACX takes it, with a verdict for each of its limits."""

    operation: Literal["audiobook"] = "audiobook"
    options: AudiobookChoices = AudiobookChoices()


Workflow = PodcastOptions | MusicMasteringOptions | AudiobookOptions
WORKFLOWS = (PodcastOptions, MusicMasteringOptions, AudiobookOptions)

OperationOrWorkflow = Annotated[Operation | Workflow, Field(discriminator="operation")]
"""What a job of the converter is to do: one operation, or a workflow of several steps."""


def transcript_job_id(job_id: str) -> str:
    """The job that transcribes for a workflow: the same whoever makes it, however often."""
    return derived_id(job_id, _TRANSCRIPT)


class LimitCheck(Record):
    """One limit that the result is held to. ``measured`` null: silence has no level. Bounds belong to it."""

    name: str = Field(examples=["noise floor"])
    unit: str = Field(examples=["dB"])
    measured: float | None = None
    least: float | None = None
    most: float | None = None
    holds: bool

    @property
    def sentence(self) -> str:
        """``noise floor is -52.1 dB, at most -60 allowed``."""
        measured = "can't be measured" if self.measured is None else f"is {self.measured:g} {self.unit}"
        bounds = {"at least": self.least, "at most": self.most}
        allowed = " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
        return f"{self.name} {measured}, {allowed} allowed"


class WorkflowResult(Record):
    """What a workflow found out; what it made are the job's outputs.

    ``passed``: all ``checks`` of the result hold; a limit that fails is an outcome, not an error.
    ``before`` and ``checks_before`` are of the file as it came, null or empty where the mode doesn't look.
    ``gain_db`` is what the level took. ``damaged_packets`` of the file were skipped.
    """

    mode: Mode
    duration_seconds: float
    passed: bool
    before: QualityMetrics | None = None
    quality: QualityMetrics | None = None
    checks_before: tuple[LimitCheck, ...] = ()
    checks: tuple[LimitCheck, ...] = ()
    gain_db: float | None = None
    damaged_packets: int = 0
    chapters: int = 0
    transcript_job_id: str | None = None
