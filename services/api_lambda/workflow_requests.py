"""What callers ask of workflows: their own schemas, strict, with a file to do them to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from services.api_lambda.audio_requests import example, without_file
from services.api_lambda.request_models import SourceRequest, known_language
from shared.domain.languages import AUTO
from shared.domain.workflows import (
    AudiobookOptions,
    MusicMasteringOptions,
    PodcastChoices,
    PodcastOptions,
)

_METADATA: dict[str, Any] = {"title": "Episode 12", "artist": "Ana Ruiz"}


class PodcastWishes(PodcastChoices):
    """Null for ``generateVisual`` leaves the spectrogram to the mode.

    ``chapters`` are cut where the speakers pause longest, each at least ``chapterSeconds`` long; they need the
    transcript, and bring it along.
    """

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


class MusicMasteringRequest(MusicMasteringOptions, SourceRequest):
    """A track, from a file that is there (``fileId``) or about to be sent (``upload``)."""

    model_config = example(metadata=_METADATA, options={"lossless": "wav"}, mode="professional")

    operation: SkipJsonSchema[Literal["music_mastering"]] = "music_mastering"

    @property
    def work(self) -> MusicMasteringOptions:
        """What is to be done, without the file."""
        return without_file(MusicMasteringOptions, self)


class AudiobookRequest(AudiobookOptions, SourceRequest):
    """A chapter of a book, from a file that is there (``fileId``) or about to be sent (``upload``)."""

    model_config = example(metadata=_METADATA, mode="standard")

    operation: SkipJsonSchema[Literal["audiobook"]] = "audiobook"

    @property
    def work(self) -> AudiobookOptions:
        """What is to be done, without the file."""
        return without_file(AudiobookOptions, self)
