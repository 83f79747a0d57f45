"""What targets of the Makefile can be asked for, those that run the platform above all.

The Makefile hands each option over as an environment variable with the prefix ``ESCRIBA_``, so that
no shell ever reads what a file name holds.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.languages import AUTO, LANGUAGES

STATE = Path(".local")
PREFIX = "ESCRIBA_"


class MakeOptions(BaseSettings):
    """Options of a target of the Makefile, each an environment variable with :data:`PREFIX`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)


class PlatformOptions(MakeOptions):
    """What shapes a platform. A ``port`` of 0 means any free one."""

    workers: int = Field(default=2, ge=1, le=32, description="How many transcribers to run.")
    converters: int = Field(default=1, ge=0, le=32, description="How many converters to run.")
    notifiers: int = Field(default=1, ge=1, le=8, description="How many notifiers to run.")
    port: int = Field(default=0, ge=0, le=65_535, description="The API's port.")
    emulator_port: int = Field(default=0, ge=0, le=65_535, description="The emulator's port.")
    model: str | None = Field(
        default=None, description="A faster-whisper model name or directory; the bundled model if absent."
    )
    terraform: bool = Field(
        default=False,
        description="Terraform creates the resources; the emulator runs the router as a Lambda function.",
    )

    @field_validator("emulator_port")
    @classmethod
    def _is_not_the_port_of_the_api(cls, emulator_port: int, others: ValidationInfo) -> int:
        if emulator_port and emulator_port == others.data.get("port"):
            raise ValueError(f"{emulator_port} is the PORT of the API; each needs its own")
        return emulator_port


class UpOptions(PlatformOptions):
    """Options of ``make up``."""

    port: int = Field(default=8000, ge=0, le=65_535, description="The API's port.")
    state: Path = Field(default=STATE, description="Folder for logs, e-mails and exports.")


class RecordingOptions(MakeOptions):
    """Which file to transcribe, and what is known of it."""

    audio: Path | None = Field(default=None, description="An audio or video file.")
    language: str = Field(default=AUTO, description="Language of the audio, or auto.")

    @field_validator("audio")
    @classmethod
    def _is_a_readable_file(cls, audio: Path | None) -> Path | None:
        if audio is None:
            return None
        path = audio.expanduser()
        if not path.is_file():
            raise ValueError(f"there is no file {str(audio)!r}")
        try:
            path.open("rb").close()
        except OSError as error:
            raise ValueError(f"{str(audio)!r} can't be read ({error.strerror})") from None
        return path

    @field_validator("language")
    @classmethod
    def _is_a_language_of_whisper(cls, language: str) -> str:
        code = language.strip().lower()
        if code != AUTO and code not in LANGUAGES:
            raise ValueError(f"{language!r} is no language code that Whisper knows; examples: en, es, auto")
        return code


class DemoOptions(RecordingOptions, PlatformOptions):
    """Options of ``make demo``; without ``audio`` it takes the samples."""

    json_only: bool = Field(default=False, alias=f"{PREFIX}JSON", description="Print JSON only.")


class TokenOptions(MakeOptions):
    """Options of ``make token``."""

    state: Path = Field(default=STATE, description="Folder of the platform that the token is for.")

    user: str | None = Field(default=None, description="The user's id; the development user's if absent.")


class SubmitOptions(RecordingOptions):
    """Options of ``make submit``."""

    audio: Path = Field(description="An audio or video file.")
    state: Path = Field(default=STATE, description="Folder of the platform to submit to.")
