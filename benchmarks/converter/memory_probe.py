"""``python -m benchmarks.converter.memory_probe OPERATION FILE``: the peak memory, in MiB, of doing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import IO

from benchmarks.process_memory import peak_mib
from services.converter.operations.analyse import analyse
from services.converter.operations.clip import clip
from services.converter.operations.convert import convert
from services.converter.operations.metadata import write_metadata
from services.converter.operations.spectrogram import draw
from services.converter.operations.split import split
from services.converter.scratch import scratch_file
from shared.domain.audio_operations import (
    AnalyseOptions,
    ClipOptions,
    ConvertOptions,
    MetadataOptions,
    SpectrogramOptions,
    SplitOptions,
)

Operation = Callable[[IO[bytes]], object]
CLIP_STARTS_MS = 500_000


def _levelled_into_flac(source: IO[bytes]) -> None:
    with scratch_file() as target:
        convert(source, target, ConvertOptions.model_validate({"format": "flac", "loudness": "podcast"}))


def _into_wav_parts(source: IO[bytes]) -> None:
    for part in split(source, SplitOptions.model_validate({"by": "parts", "parts": 10, "format": "wav"})):
        part.file.close()


def _clip(source: IO[bytes]) -> None:
    with scratch_file() as target:
        clip(source, target, ClipOptions(start_time_ms=CLIP_STARTS_MS))


def _tag(source: IO[bytes]) -> None:
    with scratch_file() as target:
        write_metadata(source, target, MetadataOptions(tags={"title": "Talk"}))


def _draw(source: IO[bytes]) -> None:
    with scratch_file() as target:
        draw(source, target, SpectrogramOptions())


OPERATIONS: Mapping[str, Operation] = {
    "every measure": lambda source: analyse(source, AnalyseOptions()),
    "convert and normalise": _levelled_into_flac,
    "split": _into_wav_parts,
    "clip": _clip,
    "tags": _tag,
    "spectrogram": _draw,
}


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        OPERATIONS[sys.argv[1]](file)
    print(peak_mib())  # noqa: T201
