"""What callers send. Strict: no unknown fields, no text where a number belongs."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

from services.api_lambda.wire_status import WireStatus
from shared.domain.jobs import JobType, TranscriptionOptions
from shared.domain.languages import AUTO, LANGUAGES
from shared.domain.public_addresses import MAX_URL_CHARACTERS

MAX_FILENAME_CHARACTERS = 255
MAX_PROMPT_CHARACTERS = 1_000
"""Whisper takes 224 tokens of text before the audio: more is cut off by the model."""
MAX_HOTWORDS_CHARACTERS = 500

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, lone surrogates, line and paragraph separators."""


def _is_printable(text: str, *, besides: str = "") -> bool:
    return not any(unicodedata.category(char) in _UNPRINTABLE and char not in besides for char in text)


def one_printable_line(text: str) -> str:
    """The text itself. Raises ``ValueError`` for one that can't be shown on a line."""
    if not _is_printable(text):
        raise ValueError("must not hold control characters or line breaks")
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def printable_text(text: str) -> str:
    """The text itself. Raises ``ValueError`` for one with control characters."""
    if not _is_printable(text, besides="\t\n\r"):
        raise ValueError("must not hold control characters")
    return text


def known_language(code: str) -> str:
    """The code itself. Raises ``ValueError`` for one that Whisper does not know."""
    if code != AUTO and code not in LANGUAGES:
        raise ValueError("must be auto or an ISO 639 code of a language this service knows, such as en or es")
    return code


_Text = Annotated[str, Field(min_length=1), AfterValidator(printable_text)]


class RequestModel(BaseModel):
    """Base of every body."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=False
    )


class UploadRequest(RequestModel):
    """A file that the caller is about to send."""

    filename: Annotated[
        str, Field(min_length=1, max_length=MAX_FILENAME_CHARACTERS), AfterValidator(one_printable_line)
    ] = Field(
        description="A name to show: it never becomes part of a path, so any printable name will do.",
        examples=["interview.mp3"],
    )
    content_type: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="audio/*, video/*, application/ogg or application/octet-stream. "
        "The upload must carry the same, or storage refuses it (403).",
        examples=["audio/mpeg"],
    )
    size: int = Field(
        ge=0,
        description="Bytes. The upload must have exactly this size, or storage refuses it (403).",
        examples=[20_000_000],
    )


class SourceRequest(RequestModel):
    """A job on a file that is there (``fileId``) or about to be sent (``upload``)."""

    file_id: str | None = Field(default=None, description="A file announced before.")
    upload: UploadRequest | None = Field(default=None, description="A file to be sent for this job.")
    webhook_url: (
        Annotated[str, Field(min_length=1, max_length=MAX_URL_CHARACTERS), AfterValidator(one_printable_line)]
        | None
    ) = Field(
        default=None,
        description="Where to tell how the job ended, besides the account's webhooks: see POST /v1/webhooks.",
        examples=["https://example.com/hooks/escriba"],
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file_id is None) == (self.upload is None):
            raise ValueError("must have either fileId or upload, and not both")
        return self


class TranscriptionRequest(SourceRequest):
    """A transcription of a file that is there (``fileId``) or about to be sent (``upload``)."""

    language: Annotated[str, Field(max_length=10), AfterValidator(known_language)] = Field(
        default=AUTO, description="ISO 639 code of what is spoken, or auto.", examples=["auto", "en", "es"]
    )
    task: Literal["transcribe", "translate"] = Field(
        default="transcribe", description="translate gives English text."
    )
    word_timestamps: bool = Field(default=True, description="Whether each word gets its times.")
    prompt: Annotated[_Text, Field(max_length=MAX_PROMPT_CHARACTERS)] | None = Field(
        default=None, description="Text that precedes the audio: names, spelling, style."
    )
    hotwords: Annotated[_Text, Field(max_length=MAX_HOTWORDS_CHARACTERS)] | None = Field(
        default=None, description="Words to favour."
    )

    @property
    def options(self) -> TranscriptionOptions:
        """The options in the trade's terms."""
        return TranscriptionOptions(
            language=self.language,
            task=self.task,
            word_timestamps=self.word_timestamps,
            prompt=self.prompt,
            hotwords=self.hotwords,
        )


JOB_TYPES = tuple(job_type.lower() for job_type in JobType)


def _known_type(word: str) -> str:
    if word not in JOB_TYPES:
        raise ValueError(f"must be one of {', '.join(JOB_TYPES)}")
    return word


TypeWord = Annotated[
    str, AfterValidator(_known_type), WithJsonSchema({"type": "string", "enum": list(JOB_TYPES)})
]
"""A job's type as callers write it."""


class JobsQuery(BaseModel):
    """Which jobs to list."""

    model_config = ConfigDict(extra="forbid")

    type: TypeWord | None = Field(default=None, description="Only jobs of this type.")
    status: WireStatus | None = Field(default=None, description="Only jobs in this state.")
    limit: int = Field(default=20, ge=1, le=100, description="At most this many.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="The nextCursor of the page before."
    )
