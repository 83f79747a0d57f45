"""Parts that hear in this process: the engine beside its peers, its settings."""

from __future__ import annotations

from benchmarks.speed.bench import Bench
from benchmarks.speed.contenders import (
    BareEngine,
    BatchedWhisper,
    Contender,
    Escriba,
    PlainWhisper,
    settings_for,
)
from benchmarks.speed.names import with_random_weights
from benchmarks.speed.race import Race
from benchmarks.speed.random_models import SIZES, random_model
from benchmarks.speed.sweep import DEFAULT, best_of, candidates
from local.report import Measurement, at_least
from services.transcriber.model_files import FIXTURE, FIXTURE_DIRECTORY

FASTER_THAN_PLAIN = 1.5
FASTER_THAN_BATCHED = 1.2
DEFAULT_OF_BEST = 0.95
"""Two runs of the same setting differ by as much on a quiet machine."""


def engine_part(bench: Bench) -> list[Measurement]:
    """Our transcriber against both peers, with the bundled model."""
    amounts = bench.amounts
    ours = Escriba(settings_for(FIXTURE), words=False)
    plain, batched = PlainWhisper(FIXTURE_DIRECTORY), BatchedWhisper(FIXTURE_DIRECTORY)
    files = bench.recordings(amounts.engine_files, amounts.engine_minutes)
    race = bench.race("bundled model", [ours, plain, batched], files, amounts.rounds)
    return ratios("bundled model", race, ours, plain, batched)


def sizes_part(bench: Bench) -> list[Measurement]:
    """The same at the true sizes of published models."""
    amounts, found = bench.amounts, list[Measurement]()
    for size in SIZES:
        files = bench.recordings(1, amounts.sizes_minutes[size.name])
        directory = random_model(size, bench.build / "models")
        # The same words in every piece are what the guards look for: they would have all heard again.
        ours = BareEngine(settings_for(str(directory)), words=False)
        plain, batched = PlainWhisper(directory), BatchedWhisper(directory)
        name = with_random_weights(size.name)
        race = bench.race(name, [ours, plain, batched], files, amounts.sizes_rounds[size.name])
        found += ratios(name, race, ours, plain, batched)
    return found


def ratios(
    model: str, race: Race, ours: Contender, plain: Contender, batched: Contender
) -> list[Measurement]:
    """How fast ours was, and how many times as fast as each peer."""
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
