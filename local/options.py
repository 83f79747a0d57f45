"""What ``make up`` and ``make demo`` can be asked for.

The Makefile hands each option over as an environment variable with the prefix ``ESCRIBA_``, so that
no shell ever reads what a file name holds.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.languages import AUTO, LANGUAGES


class PlatformOptions(BaseSettings):
    """What shapes a platform. A ``port`` of 0 means any free one."""

    model_config = SettingsConfigDict(
        env_prefix="ESCRIBA_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    workers: int = Field(default=2, ge=1, le=32, description="How many transcribers to run.")
    notifiers: int = Field(default=1, ge=1, le=8, description="How many notifiers to run.")
    port: int = Field(default=0, ge=0, le=65_535, description="The API's port.")
    emulator_port: int = Field(default=0, ge=0, le=65_535, description="The emulator's port.")
    model: str | None = Field(
        default=None, description="A faster-whisper model name or directory; the bundled model if absent."
    )


class UpOptions(PlatformOptions):
    """Options of ``make up``."""

    port: int = Field(default=8000, ge=0, le=65_535, description="The API's port.")
    state: Path = Field(default=Path(".local"), description="Folder for logs and exports.")


class DemoOptions(PlatformOptions):
    """Options of ``make demo``."""

    audio: Path | None = Field(default=None, description="An audio or video file; the samples if absent.")
    language: str = Field(default=AUTO, description="Language of the audio, or auto.")
    json_only: bool = Field(default=False, alias="ESCRIBA_JSON", description="Print JSON only.")

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
