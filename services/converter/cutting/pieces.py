"""Where a file is to be cut: at the times asked for, in equal parts, at silences or at its chapters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.converter.input_file import InputFile, Limits, Report
from services.converter.shaping import samples_of
from services.converter.tagging.tags import Tags
from shared.domain.audio_operations import MOST_SEGMENTS, SplitOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.audio_source import Source

LISTENING_RATE_HZ = 16_000
WINDOW_MS = 10


@dataclass(frozen=True)
class Piece:
    """A stretch to cut out, in milliseconds. ``end_ms`` None: to the end of the sound."""

    start_ms: float
    end_ms: float | None
    name: str
    title: str | None = None


def pieces_of(
    source: Source, options: SplitOptions, tags: Tags, *, limits: Limits | None, report: Report
) -> list[Piece]:
    """The pieces in the order of their times; parts and silences take one reading of the file.

    Raises ``PermanentError(NOTHING_TO_SPLIT_AT)`` for a file without chapters or silences, or too many.
    """
    match options.by:
        case "segments":
            pieces = [
                Piece(segment.start_ms, segment.end_ms, segment.name or f"segment-{number:03d}", segment.name)
                for number, segment in enumerate(options.segments, start=1)
            ]
            return sorted(pieces, key=lambda piece: piece.start_ms)
        case "chapters":
            starts = [chapter.start_ms for chapter in tags.chapters]
            titles = [chapter.title for chapter in tags.chapters]
            if not starts:
                raise PermanentError(Fault.NOTHING_TO_SPLIT_AT, what="chapters")
            return _between([float(start) for start in starts], "chapter", titles)
        case "parts":
            with InputFile(source, limits=limits, report=report) as file:
                for _ in file.frames():
                    pass
                length_ms, parts = file.seconds * 1000, options.parts or 1
            return _between([length_ms * part / parts for part in range(parts)], "part")
        case "silence":
            with InputFile(source, limits=limits, report=report) as file:
                silences = list(silences_ms(file, options.silence_db, options.silence_ms))
            if not silences or len(silences) >= MOST_SEGMENTS:
                what = "silences" if not silences else f"fewer than {MOST_SEGMENTS} silences"
                raise PermanentError(Fault.NOTHING_TO_SPLIT_AT, what=what)
            return _between([0.0, *((start + end) / 2 for start, end in silences)], "part")


def silences_ms(file: InputFile, below_db: float, at_least_ms: int) -> Iterator[tuple[float, float]]:
    """Where the sound is quiet for so long, but not at its start or end."""
    began: int | None = None
    window = -1
    for window, level_db in enumerate(_levels_db(file)):
        if level_db < below_db:
            began = window if began is None else began
            continue
        if began is not None and began > 0 and (window - began) * WINDOW_MS >= at_least_ms:
            yield began * WINDOW_MS, window * WINDOW_MS
        began = None


def _levels_db(file: InputFile) -> Iterable[float]:
    size = LISTENING_RATE_HZ * WINDOW_MS // 1000
    rest = np.empty(0, np.float32)
    for samples in samples_of(file.frames(), rate_hz=LISTENING_RATE_HZ, layout="mono"):
        joined = np.concatenate([rest, samples[:, 0]])
        whole = len(joined) // size * size
        power = np.square(joined[:whole].reshape(-1, size)).mean(axis=1)
        rest = joined[whole:]
        yield from (10 * np.log10(np.maximum(power, 1e-12))).tolist()


def _between(starts_ms: list[float], kind: str, titles: list[str] | None = None) -> list[Piece]:
    ends = [later for _, later in pairwise(starts_ms)] + [None]
    return [
        Piece(start, end, f"{kind}-{number:03d}", titles[number - 1] if titles else None)
        for number, (start, end) in enumerate(zip(starts_ms, ends, strict=True), start=1)
    ]
