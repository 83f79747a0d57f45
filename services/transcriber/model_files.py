"""Where a model's files lie: ``MODEL`` is ``fixture``, a directory, or the name of a published model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from shared.process import StartupError

FIXTURE = "fixture"
FIXTURE_DIRECTORY = Path(__file__).resolve().parents[2] / "models" / "fixture"
LANGUAGES_FILE = "languages.json"
"""Beside a model that has tokens for more languages than it was trained on: a list of the codes it knows."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's name, as transcripts show it, and the directory that holds its files.

    ``languages`` are the codes that it was trained on; None: all that it has a token for.
    """

    name: str
    directory: Path
    languages: frozenset[str] | None = None


def local_model_files(model: str) -> ModelFiles | None:
    """The files of ``fixture`` or of a directory; None if ``model`` is neither.

    Raises :class:`StartupError` for a directory that holds no model.
    """
    directory = FIXTURE_DIRECTORY if model == FIXTURE else Path(model)
    if not directory.is_dir():
        if model == FIXTURE or directory.is_absolute() or model.startswith("."):
            raise StartupError(f"MODEL={model}: there is no directory {directory}")
        return None
    if not (directory / "model.bin").is_file():
        raise StartupError(
            f"MODEL={model}: {directory} holds no model.bin; give a directory in CTranslate2 format"
        )
    name = FIXTURE if model == FIXTURE else directory.resolve().name
    return ModelFiles(name, directory, _languages_in(directory))


def _languages_in(directory: Path) -> frozenset[str] | None:
    path = directory / LANGUAGES_FILE
    return frozenset(json.loads(path.read_text("utf-8"))) if path.is_file() else None
