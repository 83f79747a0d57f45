"""What each workflow and mode means: which steps, how loud, in which formats, with how much care.

=============  =====  ========  ============  =====================================================
mode           quick  standard  professional  what it is
=============  =====  ========  ============  =====================================================
pre-check      no     yes       yes           the file as it came is measured, and held to the limits
corrections    0      1         3             the gain is corrected by what the limiter took
verified       no     no        yes           peaks of the encoded file too: too high, it is done again
visual         no     no        yes           a spectrogram, where nobody chose
24-bit master  no     no        yes           a lossless FLAC of 24 bits beside what is asked for
validation     no     no        yes           every result is decoded and must be as long as the file
measures       few    all       all           quick: levels, loudness, true peak
=============  =====  ========  ============  =====================================================

``docs/workflows.md`` says it for callers.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.converter.operations.master import Care, Goal
from services.converter.workflows.limits import ACX_PEAK_DB
from shared.domain.audio_operations import LOUDNESS_PRESETS, AnalysisMetric, LoudnessTarget
from shared.domain.workflows import (
    AudiobookOptions,
    MasterQuality,
    Mode,
    MusicMasteringOptions,
    PodcastOptions,
    Workflow,
)

_FEW: tuple[AnalysisMetric, ...] = ("levels", "loudness", "true_peak", "clipping")
_ALL: tuple[AnalysisMetric, ...] = (*_FEW, "snr", "dynamic_range")


@dataclass(frozen=True)
class ModeFacts:
    """One column of the table above."""

    pre_check: bool
    care: Care
    visual: bool
    master_24_bit: bool
    validation: bool
    metrics: tuple[AnalysisMetric, ...]


MODES: dict[Mode, ModeFacts] = {
    "quick": ModeFacts(False, Care(0, False), False, False, False, _FEW),
    "standard": ModeFacts(True, Care(1, False), False, False, False, _ALL),
    "professional": ModeFacts(True, Care(3, True), True, True, True, _ALL),
}

MUSIC_TARGETS: dict[Mode, LoudnessTarget] = {
    "quick": LoudnessTarget(lufs=-14, true_peak_db=-1),
    "standard": LoudnessTarget(lufs=-14, true_peak_db=-1),
    "professional": LoudnessTarget(lufs=-16, true_peak_db=-1),
}
"""Most streaming services play at -14 LUFS; professional leaves more dynamics, as AES TD1008 has it."""

_KBIT = 1000
PODCAST_BIT_RATES: dict[MasterQuality, int] = {"low": 96 * _KBIT, "medium": 128 * _KBIT, "high": 192 * _KBIT}
MUSIC_BIT_RATES: dict[MasterQuality, int] = {"low": 192 * _KBIT, "medium": 256 * _KBIT, "high": 320 * _KBIT}
AUDIOBOOK_BIT_RATES: dict[MasterQuality, int] = MUSIC_BIT_RATES
"""ACX: at least 192 kbit/s, constant."""

ACX_RATE_HZ = 44_100
AUDIOBOOK_GOAL = Goal("rms", -20.5, ACX_PEAK_DB)
"""The middle of ACX's range."""


def target_of(workflow: PodcastOptions | MusicMasteringOptions, channels: int) -> LoudnessTarget:
    """How loud the result is to be. Mono speech sounds from two loudspeakers as loud as stereo 3 LU above."""
    if isinstance(workflow, PodcastOptions):
        return LOUDNESS_PRESETS["mono" if channels == 1 else "podcast"]
    return workflow.options.loudness or MUSIC_TARGETS[workflow.mode]


def goal_of(target: LoudnessTarget) -> Goal:
    """The same for :func:`services.converter.operations.master.master`."""
    return Goal("lufs", target.lufs, target.true_peak_db)


def bit_rate_of(workflow: Workflow) -> int:
    """That of the MP3, in bit/s."""
    match workflow:
        case PodcastOptions():
            return PODCAST_BIT_RATES[workflow.options.quality]
        case MusicMasteringOptions():
            return MUSIC_BIT_RATES[workflow.options.quality]
        case AudiobookOptions():
            return AUDIOBOOK_BIT_RATES[workflow.options.quality]


def steps_of(workflow: Workflow) -> tuple[str, ...]:
    """The names of the steps in their order; the notice that ends each job is no step of the worker's."""
    mode = MODES[workflow.mode]
    visual = workflow.options.generate_visual
    podcast = workflow.options if isinstance(workflow, PodcastOptions) else None
    music = isinstance(workflow, MusicMasteringOptions)
    steps = {
        "validate": True,
        "pre-check": mode.pre_check,
        "master": music or mode.master_24_bit,
        "convert": not music,
        "encode": music,
        "metadata": True,
        "spectrogram": mode.visual if visual is None else visual,
        "post-check": True,
        "validation": mode.validation,
        "transcript": podcast is not None and podcast.needs_transcript,
        "chapters": podcast is not None and podcast.chapters,
    }
    return tuple(name for name, wanted in steps.items() if wanted)
