"""Parts that hear in this process: the engine beside its peers, its word errors, its settings."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.speed.bench import Bench
from benchmarks.speed.chunked import ChunkedEscriba
from benchmarks.speed.contenders import (
    BareEngine,
    BatchedWhisper,
    Contender,
    Escriba,
    PlainWhisper,
    settings_for,
)
from benchmarks.speed.errors import (
    WordErrors,
    difference_points,
    errors_of,
    likely_range_points,
    pooled_percent,
)
from benchmarks.speed.race import Race
from benchmarks.speed.random_models import SIZES, random_model
from benchmarks.speed.sweep import DEFAULT, best_of, candidates
from local.report import Measurement, at_least, at_most
from services.transcriber.model_files import FIXTURE, FIXTURE_DIRECTORY

FASTER_THAN_PLAIN = 1.5
FASTER_THAN_BATCHED = 1.2
WORSE_POINTS = 0.2
DEFAULT_OF_BEST = 0.95
"""Two runs of the same setting differ by as much on a quiet machine."""


def engine_part(bench: Bench) -> list[Measurement]:
    """Our transcriber against both peers, with the bundled model."""
    amounts = bench.amounts
    ours = Escriba(settings_for(FIXTURE), words=False)
    plain, batched = PlainWhisper(FIXTURE_DIRECTORY), BatchedWhisper(FIXTURE_DIRECTORY)
    files = bench.recordings(amounts.engine_files, amounts.engine_minutes)
    race = bench.race("bundled model", [ours, plain, batched], files, amounts.rounds)
    return _ratios("bundled model", race, ours, plain, batched)


def sizes_part(bench: Bench) -> list[Measurement]:
    """The same at the true sizes of published models."""
    amounts, found = bench.amounts, list[Measurement]()
    for size in SIZES:
        files = bench.recordings(1, amounts.sizes_minutes[size.name])
        directory = random_model(size, bench.build / "models")
        # The same words in every piece are what the guards look for: they would have all heard again.
        ours = BareEngine(settings_for(str(directory)), words=False)
        plain, batched = PlainWhisper(directory), BatchedWhisper(directory)
        name = f"{size.name}, random weights"
        race = bench.race(name, [ours, plain, batched], files, amounts.sizes_rounds)
        found += _ratios(name, race, ours, plain, batched)
    return found


def _ratios(
    model: str, race: Race, ours: Contender, plain: Contender, batched: Contender
) -> list[Measurement]:
    return [
        Measurement(f"{model}: {ours.name}", round(race.speed(ours.name), 2), "x real time"),
        at_least(
            f"{model}: against {plain.name}",
            round(race.ratio(ours.name, plain.name), 3),
            "x",
            FASTER_THAN_PLAIN,
        ),
        at_least(
            f"{model}: against {batched.name}",
            round(race.ratio(ours.name, batched.name), 3),
            "x",
            FASTER_THAN_BATCHED,
        ),
        *(
            Measurement(
                f"{model}: by processor time, {peer.name}",
                round(race.thrift(ours.name, peer.name), 3),
                "x",
            )
            for peer in (plain, batched)
        ),
    ]


def errors_part(bench: Bench) -> list[Measurement]:
    """Word errors: the fast path against the plain one, chunked against whole."""
    files = bench.recordings(bench.amounts.error_files, bench.amounts.error_minutes, offset=1)
    settings = settings_for(FIXTURE)
    minutes = sum(file.seconds for file in files) / 60

    def hear(way: str, contender: Contender) -> list[WordErrors]:
        found = errors_of(contender, files)
        bench.tell(f"{minutes:.0f} minutes, {way}: {pooled_percent(found):.2f} % of the words wrong")
        return found

    plain = hear("plain path", PlainWhisper(FIXTURE_DIRECTORY, like_ours=True))
    whole = hear("fast path", Escriba(settings, words=True))
    chunked = hear("fast path in chunks", ChunkedEscriba(settings, words=True))
    return [
        Measurement("word errors, plain path", round(pooled_percent(plain), 2), "%"),
        Measurement("word errors, fast path", round(pooled_percent(whole), 2), "%"),
        Measurement("word errors, fast path in chunks", round(pooled_percent(chunked), 2), "%"),
        *_worse("fast path above plain path", whole, plain),
        *_worse("in chunks above whole", chunked, whole),
    ]


def _worse(name: str, ours: Sequence[WordErrors], theirs: Sequence[WordErrors]) -> list[Measurement]:
    low, high = likely_range_points(ours, theirs)
    return [
        at_most(f"word errors, {name}", round(difference_points(ours, theirs), 3), "points", WORSE_POINTS),
        Measurement(f"word errors, {name}: 95 % range", f"{low:+.2f} to {high:+.2f}", "points"),
    ]


def sweep_part(bench: Bench) -> list[Measurement]:
    """Every sensible setting once a round; the default should be as good as the best."""
    files = bench.recordings(bench.amounts.engine_files, bench.amounts.engine_minutes / 2)
    found = list(candidates(FIXTURE))
    race = bench.race("settings", found, files, bench.amounts.rounds)
    best = best_of(race)
    return [
        *(
            Measurement(
                f"{name}{' (best)' if name == best else ''}", round(race.speed(name), 2), "x real time"
            )
            for name in race.speeds
        ),
        at_least("default against the best", round(race.ratio(DEFAULT, best), 3), "x", DEFAULT_OF_BEST),
    ]
