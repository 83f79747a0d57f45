"""Word errors: the fast path against the plain one, chunked against whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.speed.bench import Bench
from benchmarks.speed.chunked import ChunkedEscriba
from benchmarks.speed.contenders import Contender, Escriba, PlainWhisper, settings_for
from benchmarks.speed.errors import (
    WordErrors,
    difference_points,
    errors_of,
    likely_range_points,
    pooled_percent,
)
from benchmarks.speed.recordings import Recording, make_recordings
from benchmarks.speed.reserved_speech import read_reserved
from local.report import Measurement, at_most
from services.transcriber.model_files import FIXTURE, FIXTURE_DIRECTORY

WORSE_POINTS = 0.2
FILES_AT_ONCE = 4
"""Made, heard every way and forgotten: hours of speech don't lie in memory together."""

PLAIN, WHOLE, CHUNKED = "plain path", "fast path", "fast path in chunks"


def errors_part(bench: Bench) -> list[Measurement]:
    """All ways hear the same files."""
    settings = settings_for(FIXTURE)
    ways: dict[str, Contender] = {
        PLAIN: PlainWhisper(FIXTURE_DIRECTORY, like_ours=True),
        WHOLE: Escriba(settings, words=True),
        CHUNKED: ChunkedEscriba(settings, words=True),
    }
    found: dict[str, list[WordErrors]] = {way: [] for way in ways}
    hours = 0.0
    for files in _files(bench):
        hours += sum(file.seconds for file in files) / 3600
        for way, contender in ways.items():
            found[way] += errors_of(contender, files)
        rates = ", ".join(f"{way} {pooled_percent(errors):.2f} %" for way, errors in found.items())
        low, high = likely_range_points(found[WHOLE], found[PLAIN])
        bench.tell(f"{hours:.1f} hours: {rates}; fast above plain: {low:+.2f} to {high:+.2f}")
    return [
        Measurement("word errors: speech heard", round(hours, 2), "hours"),
        *(line for way, errors in found.items() for line in _rates(way, errors)),
        *_worse("fast path above plain path", found[WHOLE], found[PLAIN]),
        *_worse("in chunks above whole", found[CHUNKED], found[WHOLE]),
    ]


def _files(bench: Bench) -> Iterator[list[Recording]]:
    speech, seed = bench.options.speech, bench.options.seed + 1
    sentences = bench.sentences if speech is None else read_reserved(speech)
    minutes = bench.amounts.error_minutes
    count = max(FILES_AT_ONCE, round((bench.options.hours or bench.amounts.error_hours) * 60 / minutes))
    for first in range(0, count, FILES_AT_ONCE):
        yield make_recordings(
            sentences, count=min(FILES_AT_ONCE, count - first), minutes=minutes, seed=seed, first=first
        )


def _rates(way: str, found: Sequence[WordErrors]) -> list[Measurement]:
    words = sum(one.words for one in found)
    kinds = (
        sum(one.substituted for one in found),
        sum(one.left_out for one in found),
        sum(one.invented for one in found),
    )
    shares = " + ".join(f"{100 * kind / words:.2f}" for kind in kinds)
    return [
        Measurement(f"word errors, {way}", round(pooled_percent(found), 2), "%"),
        Measurement(f"word errors, {way}: wrong + left out + invented", shares, "%"),
    ]


def _worse(name: str, ours: Sequence[WordErrors], theirs: Sequence[WordErrors]) -> list[Measurement]:
    low, high = likely_range_points(ours, theirs)
    return [
        at_most(f"word errors, {name}", round(difference_points(ours, theirs), 3), "points", WORSE_POINTS),
        Measurement(f"word errors, {name}: 95 % range", f"{low:+.2f} to {high:+.2f}", "points"),
    ]
