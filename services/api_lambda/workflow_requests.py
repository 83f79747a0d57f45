"""What callers ask of workflows: their own schemas, strict, with a file to do them to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from services.api_lambda.audio_requests import example, without_file
from services.api_lambda.request_models import SourceRequest, known_language
from shared.domain.languages import AUTO
from shared.domain.workflows import (
    AudiobookChoices,
    AudiobookOptions,
    MusicChoices,
    MusicMasteringOptions,
    PodcastChoices,
    PodcastOptions,
)

_STRICT = ConfigDict(strict=True)
_METADATA: dict[str, Any] = {"title": "Episode 12", "artist": "Ana Ruiz"}


class PodcastWishes(PodcastChoices):
    """Null for ``generateVisual`` leaves the spectrogram to the mode.

    ``chapters`` are cut where the speakers pause longest, each at least ``chapterSeconds`` long. They need
    the transcript, and bring it along.
    """

    model_config = _STRICT

    language: Annotated[str, Field(max_length=10), AfterValidator(known_language)] = Field(
        default=AUTO, description="ISO 639 code of what is spoken, or auto.", examples=["auto", "en", "es"]
    )


class PodcastRequest(PodcastOptions, SourceRequest):
    """An episode, from a file that is there (``fileId``) or about to be sent (``upload``)."""

    model_config = example(metadata=_METADATA, options={"chapters": True}, mode="standard")

    operation: SkipJsonSchema[Literal["podcast"]] = "podcast"
    options: PodcastWishes = PodcastWishes()

    @property
    def work(self) -> PodcastOptions:
        """What is to be done, without the file."""
        return without_file(PodcastOptions, self)


class MusicWishes(MusicChoices):
    """``lossless`` is the master's format; ``loudness`` replaces the mode's target (LUFS, dBTP).

    Null for ``generateVisual`` leaves the spectrogram to the mode.
    """

    model_config = _STRICT


class MusicMasteringRequest(MusicMasteringOptions, SourceRequest):
    """A track, from a file that is there (``fileId``) or about to be sent (``upload``)."""

    model_config = example(metadata=_METADATA, options={"lossless": "wav"}, mode="professional")

    operation: SkipJsonSchema[Literal["music_mastering"]] = "music_mastering"
    options: MusicWishes = MusicWishes()

    @property
    def work(self) -> MusicMasteringOptions:
        """What is to be done, without the file."""
        return without_file(MusicMasteringOptions, self)


class AudiobookWishes(AudiobookChoices):
    """``quality`` is 192 (low), 256 or 320 kbit/s: ACX takes nothing below.

    ``channels`` null keeps mono mono and makes anything else stereo; null for ``generateVisual`` leaves the
    spectrogram to the mode.
    """

    model_config = _STRICT


class AudiobookRequest(AudiobookOptions, SourceRequest):
    """A chapter of a book, from a file that is there (``fileId``) or about to be sent (``upload``)."""

    model_config = example(metadata=_METADATA, mode="standard")

    operation: SkipJsonSchema[Literal["audiobook"]] = "audiobook"
    options: AudiobookWishes = AudiobookWishes()

    @property
    def work(self) -> AudiobookOptions:
        """What is to be done, without the file."""
        return without_file(AudiobookOptions, self)
