"""The parts of ``make bench``, each from what it hears to its figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.calls.call import FOLDER_VARIABLE, read_calls, recorded
from benchmarks.chaos.caller import PatientCaller
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
from benchmarks.speed.memory import peaks_mib
from benchmarks.speed.options import Amounts, Part, SpeedOptions
from benchmarks.speed.pipeline import Wave, pin_workers, send_through, upload_of, uploads_of
from benchmarks.speed.race import Race, run_race, warm_up
from benchmarks.speed.random_models import SIZES, random_model
from benchmarks.speed.recordings import Recording, make_recordings, read_sentences, write_long
from benchmarks.speed.stages import StageShare, WatchedEscriba, profile
from benchmarks.speed.sweep import DEFAULT, best_of, candidates
from local.options import PlatformOptions
from local.platform import Platform, running_platform
from local.report import Measurement, at_least, at_most
from services.transcriber.model_files import FIXTURE, FIXTURE_DIRECTORY

FASTER_THAN_PLAIN = 1.5
FASTER_THAN_BATCHED = 1.2
PIPELINE_SHARE = 0.9
TWO_WORKERS = 1.8
MEMORY_RATIO = 1.1
WORSE_POINTS = 0.2
DEFAULT_OF_BEST = 0.95
"""Two runs of the same setting differ by as much on a quiet machine."""

SEED_OF_LONG = 90
ONE_CORE = {"JOBS_AT_ONCE": "1", "CPU_THREADS": "1", "STREAMS": "1"}


@dataclass
class Bench:
    """One run: what it may use, and what it found besides figures."""

    options: SpeedOptions
    amounts: Amounts
    state: Path
    build: Path
    tell: Callable[[str], None]
    races: dict[str, Race] = field(default_factory=dict)
    stages: list[StageShare] = field(default_factory=list)

    @cached_property
    def sentences(self) -> Mapping[str, Sequence[Any]]:
        """Of the bundled samples."""
        return read_sentences()

    def recordings(self, count: int, minutes: float, offset: int = 0) -> list[Recording]:
        """The same ones for the same seed."""
        seed = self.options.seed + offset
        return make_recordings(self.sentences, count=count, minutes=minutes, seed=seed)

    def race(
        self, name: str, contenders: Sequence[Contender], files: Sequence[Recording], rounds: int
    ) -> Race:
        """Warm up and run."""
        warm_up(contenders, self.recordings(1, 0.05, offset=SEED_OF_LONG)[0])
        self.races[name] = run_race(contenders, files, rounds=rounds, tell=self.tell)
        return self.races[name]


def engine_part(bench: Bench) -> list[Measurement]:
    """Our transcriber against both peers, with the bundled model."""
    amounts = bench.amounts
    ours, plain, batched = _trio(FIXTURE, FIXTURE_DIRECTORY)
    files = bench.recordings(amounts.engine_files, amounts.engine_minutes)
    race = bench.race("bundled model", [ours, plain, batched], files, amounts.rounds)
    return _ratios("bundled model", race, ours, plain, batched)


def sizes_part(bench: Bench) -> list[Measurement]:
    """The same at the true sizes of published models."""
    amounts, found = bench.amounts, list[Measurement]()
    for size in SIZES:
        files = bench.recordings(1, amounts.sizes_minutes[size.name])
        directory = random_model(size, bench.build / "models")
        ours, plain, batched = _trio(str(directory), directory)
        name = f"size of {size.name}, random weights"
        race = bench.race(name, [ours, plain, batched], files, amounts.sizes_rounds)
        found += _ratios(name, race, ours, plain, batched)
    return found


def _trio(model: str, directory: Path) -> tuple[Contender, Contender, Contender]:
    return Escriba(settings_for(model), words=False), PlainWhisper(directory), BatchedWhisper(directory)


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
    ]


def errors_part(bench: Bench) -> list[Measurement]:
    """Word errors: the fast path against the plain one, chunked against whole."""
    files = bench.recordings(bench.amounts.error_files, bench.amounts.error_minutes, offset=1)
    settings = settings_for(FIXTURE)
    bench.tell(f"{sum(file.seconds for file in files) / 60:.0f} minutes, heard three ways")
    plain = errors_of(PlainWhisper(FIXTURE_DIRECTORY, like_ours=True), files)
    whole = errors_of(Escriba(settings, words=True), files)
    chunked = errors_of(ChunkedEscriba(settings, words=True), files)
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


def pipeline_part(bench: Bench) -> list[Measurement]:
    """The platform with one worker against the engine without anything around it; then the stages."""
    amounts = bench.amounts
    files = bench.recordings(amounts.pipeline_files, amounts.pipeline_minutes, offset=2)
    bare = BareEngine(settings_for(FIXTURE), words=True)
    folder = bench.state / "calls"
    with _platform(bench, 1, {FOLDER_VARIABLE: str(folder)}) as (platform, caller):
        pipeline = Pipeline(platform, caller)
        race = bench.race("pipeline", [pipeline, bare], files, amounts.pipeline_rounds)
    calls = [
        call
        for wave in pipeline.waves[1:]
        for call in read_calls(folder, since=wave.began_at, until=wave.ended_at)
    ]
    watched = WatchedEscriba(settings_for(FIXTURE), words=True)
    watched.hear(files)
    audio_seconds = sum(file.seconds for file in files)
    bench.stages = profile(
        calls,
        watched.times.seconds,
        audio_seconds=audio_seconds * amounts.pipeline_rounds,
        watched_audio_seconds=audio_seconds,
    )
    share = round(race.ratio(pipeline.name, bare.name), 3)
    return [
        Measurement("pipeline, queue to notice", round(race.speed(pipeline.name), 2), "x real time"),
        Measurement("bare engine", round(race.speed(bare.name), 2), "x real time"),
        at_least("pipeline against bare engine", share, "x", PIPELINE_SHARE),
    ]


class Pipeline:
    """A contender that is a whole platform."""

    name = "pipeline"

    def __init__(self, platform: Platform, caller: PatientCaller) -> None:
        self._platform, self._caller = platform, caller
        self.waves: list[Wave] = []

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        """Through storage, queues and table to the e-mail; the texts stay there."""
        self.waves.append(send_through(self._platform, self._caller, uploads_of(recordings)))
        return []


def workers_part(bench: Bench) -> list[Measurement]:
    """One long file, cut into chunks, with one worker of one core and with two."""
    minutes = bench.amounts.workers_minutes
    dense = bench.recordings(1, 2, offset=SEED_OF_LONG)[0]
    chunk_seconds = bench.amounts.chunk_seconds
    overrides = {
        **ONE_CORE,
        "CHUNK_SECONDS": str(chunk_seconds),
        "CHUNK_THRESHOLD_SECONDS": str(2 * chunk_seconds),
    }
    seconds: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.flac"
        write_long(path, dense, minutes=minutes, quiet_seconds=dense.seconds)
        for workers in (1, 2):
            with _platform(bench, workers, overrides) as (platform, caller):
                pinned = pin_workers()
                seconds[workers] = send_through(platform, caller, [upload_of(path)]).seconds
            bench.tell(
                f"{minutes:g} minutes with {workers} workers: {seconds[workers]:.1f} s, {pinned} pinned"
            )
    return [
        Measurement(f"{minutes:g} min file, 1 worker of 1 core", round(seconds[1], 1), "s"),
        Measurement(f"{minutes:g} min file, 2 workers of 1 core", round(seconds[2], 1), "s"),
        at_least("2 workers against 1", round(seconds[1] / seconds[2], 3), "x", TWO_WORKERS),
    ]


def memory_part(bench: Bench) -> list[Measurement]:
    """A long file against the ten minutes that it begins with."""
    minutes = bench.amounts.memory_minutes
    dense = bench.recordings(1, min(10.0, minutes / 3), offset=SEED_OF_LONG)[0]
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.flac", Path(folder) / "long.flac"
        short.write_bytes(dense.body)
        # Two silences: speech at the start, in the middle and at the end.
        quiet_seconds = max(0.0, minutes * 60 - 3 * dense.seconds) / 2
        write_long(long, dense, minutes=minutes, quiet_seconds=quiet_seconds)
        short_mib, long_mib = peaks_mib(FIXTURE, short, long)
    return [
        Measurement(f"worker's peak memory, {dense.seconds / 60:.0f} min file", round(short_mib, 1), "MiB"),
        Measurement(f"worker's peak memory, {minutes:g} min file", round(long_mib, 1), "MiB"),
        at_most("peak memory, long against short", round(long_mib / short_mib, 3), "x", MEMORY_RATIO),
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
        at_least(
            "default against the best", round(race.speed(DEFAULT) / race.speed(best), 3), "x", DEFAULT_OF_BEST
        ),
    ]


@contextmanager
def _platform(
    bench: Bench, workers: int, overrides: Mapping[str, str]
) -> Iterator[tuple[Platform, PatientCaller]]:
    options = PlatformOptions(workers=workers)
    environment = {FOLDER_VARIABLE: str(bench.state / "calls"), **overrides}
    with (
        running_platform(
            options, state=bench.state, tell=bench.tell, overrides=environment, command=recorded
        ) as platform,
        PatientCaller(platform.api_url, platform.api_key, platform.inbox_url) as caller,
    ):
        yield platform, caller


PARTS: Mapping[Part, Callable[[Bench], list[Measurement]]] = {
    Part.ENGINE: engine_part,
    Part.SIZES: sizes_part,
    Part.ERRORS: errors_part,
    Part.PIPELINE: pipeline_part,
    Part.WORKERS: workers_part,
    Part.MEMORY: memory_part,
    Part.SWEEP: sweep_part,
}
