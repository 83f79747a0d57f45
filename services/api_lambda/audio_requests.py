"""What callers ask of the audio toolbox: its own schemas, strict, with a file to do it to."""

from __future__ import annotations

import base64
import binascii
from typing import Literal, TypeVar

from pydantic import ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from services.api_lambda.request_models import SourceRequest
from shared.domain.audio_operations import (
    AnalyseOptions,
    ConvertOptions,
    MetadataOptions,
    SpectrogramOptions,
    SplitOptions,
)
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.record import Record

_FILE_ID = "01KAGZ4Q8B5W2J0T3X9V6M7N1C"
_IMAGES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""By how they begin. Whether the rest of it is one, the worker finds out."""

Options = TypeVar("Options", bound=Record)


def example(**fields: JsonValue) -> ConfigDict:
    """A model's example for the document."""
    return ConfigDict(json_schema_extra={"examples": [{"fileId": _FILE_ID, **fields}]})


def without_file(kind: type[Options], request: SourceRequest) -> Options:
    """What a request is about, without the file that it is to be done to."""
    return kind.model_validate(request.model_dump(include=set(kind.model_fields)))


class ConvertRequest(ConvertOptions, SourceRequest):
    """Another format, sample rate (Hz), number of channels or loudness.

    Null keeps what the file has. ``loudness`` is a preset (podcast -16 LUFS, mono -19, broadcast -23) or a
    target in LUFS with the highest true peak in dBTP.
    """

    model_config = example(format="mp3", quality="high", preserveMetadata=True)

    operation: SkipJsonSchema[Literal["convert"]] = "convert"

    @property
    def work(self) -> ConvertOptions:
        """What is to be done, without the file."""
        return without_file(ConvertOptions, self)


class SplitRequest(SplitOptions, SourceRequest):
    """Several files of one: by ``segments`` (times and names), ``silence``, equal ``parts`` or chapters.

    Times are ``0:00``, ``1:30``, ``01:02:03.500``; a segment ends just before its ``end``. A silence is
    quieter than ``silenceDb`` (dBFS) for ``silenceMs`` at least, and is cut in its middle. Null for
    ``format`` keeps that of the file.
    """

    model_config = example(
        segments=[
            {"start": "0:00", "end": "1:30", "name": "intro"},
            {"start": "1:30", "end": "12:00.250", "name": "talk"},
        ]
    )

    operation: SkipJsonSchema[Literal["split"]] = "split"

    @property
    def work(self) -> SplitOptions:
        """What is to be done, without the file."""
        return without_file(SplitOptions, self)


class AnalyseRequest(AnalyseOptions, SourceRequest):
    """What to measure of the sound."""

    model_config = example(metrics=["snr", "clipping", "loudness"])

    operation: SkipJsonSchema[Literal["analyze"]] = "analyze"

    @property
    def work(self) -> AnalyseOptions:
        """What is to be done, without the file."""
        return without_file(AnalyseOptions, self)


class MetadataRequest(MetadataOptions, SourceRequest):
    """Tags to write. With neither tags nor cover nor chapters, the file's tags are only read.

    An empty text removes a tag. ``cover`` is a JPEG or PNG image in base64; empty, it removes the cover.
    ``chapters`` replace those of the file; an empty list removes them. What is not named stays.
    """

    model_config = example(
        tags={"title": "Episode 7", "artist": "Ana Ruiz"}, chapters=[{"start": "0:00", "title": "Welcome"}]
    )

    operation: SkipJsonSchema[Literal["metadata"]] = "metadata"
    cover_stored: SkipJsonSchema[Literal[False]] = False
    cover: str | None = Field(default=None, description="base64; the whole request has at most 4 MiB.")

    @property
    def work(self) -> MetadataOptions:
        """What is to be done, without the file; the image is :attr:`cover_image`."""
        options = without_file(MetadataOptions, self)
        return options.model_copy(update={"cover": None, "cover_stored": True}) if self.cover else options

    @property
    def cover_image(self) -> tuple[bytes, str] | None:
        """The image and its content type. Raises ``PermanentError(COVER_NOT_AN_IMAGE)``."""
        if not self.cover:
            return None
        try:
            image = base64.b64decode(self.cover, validate=True)
        except (binascii.Error, ValueError) as error:
            raise PermanentError(Fault.COVER_NOT_AN_IMAGE) from error
        for beginning, content_type in _IMAGES.items():
            if image.startswith(beginning):
                return image, content_type
        raise PermanentError(Fault.COVER_NOT_AN_IMAGE)


class SpectrogramRequest(SpectrogramOptions, SourceRequest):
    """A picture (PNG, ``width`` by ``height`` pixels), or as ``peaks`` the JSON that players draw from.

    ``points`` is how many peaks there are.
    """

    model_config = example(kind="mel", width=1200, height=500)

    operation: SkipJsonSchema[Literal["spectrogram"]] = "spectrogram"

    @property
    def work(self) -> SpectrogramOptions:
        """What is to be done, without the file."""
        return without_file(SpectrogramOptions, self)
