"""What the service asks of a speech recogniser: the seam between the trade and faster-whisper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from services.transcriber.audio_decoder import Samples


@dataclass(frozen=True)
class HearingRequest:
    """How to listen. ``language`` None: find it out.

    ``careful`` asks for settings that break repetition loops; see the engine for what they are.
    """

    language: str | None
    task: Literal["transcribe", "translate"]
    word_timestamps: bool
    prompt: str | None = None
    hotwords: str | None = None
    careful: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds."""

    start: float
    end: float

    def overlaps(self, other: Span) -> bool:
        """Whether the two share any time."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class HeardWord:
    """One word: seconds from the start of the samples, text without surrounding spaces."""

    start: float
    end: float
    text: str
    probability: float


@dataclass(frozen=True)
class HeardSegment:
    """One segment as the model gave it; times in seconds from the start of the samples.

    ``mean_log_probability`` is over its tokens (natural logarithm, <= 0); ``compression_ratio`` is that
    of the text the model decoded together with it, and grows with repetition.
    """

    start: float
    end: float
    text: str
    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True)
class Hearing:
    """What was heard in some samples. ``speech`` is where voice activity detection found a voice.

    ``language`` is None where there was no speech to tell it from. ``segments`` does the work as it is
    read, once.
    """

    language: str | None
    language_probability: float
    speech: tuple[Span, ...]
    segments: Iterator[HeardSegment]


class Engine(Protocol):
    """A recogniser with its model loaded. Called from several threads at once."""

    @property
    def name(self) -> str:
        """The model's name, as it stands in every transcript."""
        ...

    def find_speech(self, samples: Samples) -> tuple[Span, ...]:
        """Where somebody speaks, with even short pauses left out."""
        ...

    def hear(self, samples: Samples, request: HearingRequest) -> Hearing:
        """Listen to samples of any length (none of speech: no segments)."""
        ...


class EngineStage(StrEnum):
    """A part of the work between a stored file and its text. DOWNLOAD is within DECODE."""

    DOWNLOAD = "download"
    DECODE = "decode"
    VAD = "vad"
    FEATURES = "features"
    ENCODE = "encode"
    GENERATE = "generate"
    ALIGN = "align"


class StageObserver(Protocol):
    """Watches the work, to measure it. Called from several threads at once."""

    def watch(self, stage: EngineStage) -> AbstractContextManager[object]:
        """Entered when a stage begins in this thread, left when it ends."""
        ...


class NobodyWatching:
    """A :class:`StageObserver` that does nothing."""

    def watch(self, stage: EngineStage) -> AbstractContextManager[object]:  # noqa: ARG002
        """Nothing."""
        return nullcontext()
