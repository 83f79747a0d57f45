"""Where a model's files lie: ``MODEL`` is ``fixture``, a directory, or the name of a published model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.process import StartupError

FIXTURE = "fixture"
FIXTURE_DIRECTORY = Path(__file__).resolve().parents[2] / "models" / "fixture"


@dataclass(frozen=True)
class ModelFiles:
    """A model's name, as transcripts show it, and the directory that holds its files."""

    name: str
    directory: Path


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
    return ModelFiles(FIXTURE if model == FIXTURE else directory.resolve().name, directory)
