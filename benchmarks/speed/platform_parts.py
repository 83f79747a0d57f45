"""Parts that measure whole processes: the pipeline, a worker's memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.calls.call import read_calls
from benchmarks.chaos.caller import PatientCaller
from benchmarks.speed.bench import APART, Bench
from benchmarks.speed.contenders import BareEngine, settings_for
from benchmarks.speed.memory import peak_mib
from benchmarks.speed.pipeline import Wave, send_through, uploads_of
from benchmarks.speed.recordings import Recording, write_long
from benchmarks.speed.stages import WatchedEscriba, profile
from local.platform import Platform
from local.report import Measurement, at_least, at_most
from services.transcriber.model_files import FIXTURE

PIPELINE_SHARE = 0.9
MEMORY_RATIO = 1.1
MEMORY_RUNS = 3


def pipeline_part(bench: Bench) -> list[Measurement]:
    """The platform with one worker against the engine without anything around it; then the stages."""
    amounts = bench.amounts
    files = bench.recordings(amounts.pipeline_files, amounts.pipeline_minutes, offset=2)
    bare = BareEngine(settings_for(FIXTURE), words=True)
    with bench.platform(workers=1) as (platform, caller):
        pipeline = Pipeline(platform, caller)
        race = bench.race("pipeline", [pipeline, bare], files, amounts.pipeline_rounds)
    audio_seconds = sum(file.seconds for file in files)
    waves = pipeline.waves[1:]  # the first one warmed up
    race = bench.races["pipeline"] = race.retimed(pipeline.name, [audio_seconds / w.seconds for w in waves])
    calls = [
        call for wave in waves for call in read_calls(bench.calls, since=wave.began_at, until=wave.ended_at)
    ]
    watched = WatchedEscriba(settings_for(FIXTURE), words=True)
    watched.hear(files)
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


def memory_part(bench: Bench) -> list[Measurement]:
    """A long file against the ten minutes that it begins with."""
    minutes = bench.amounts.memory_minutes
    dense = bench.recordings(1, min(10.0, minutes / 3), offset=APART)[0]
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.flac", Path(folder) / "long.flac"
        short.write_bytes(dense.body)
        # Two silences: speech at the start, in the middle and at the end.
        quiet_seconds = max(0.0, minutes * 60 - 3 * dense.seconds) / 2
        write_long(long, dense, minutes=minutes, quiet_seconds=quiet_seconds)
        short_mib = peak_mib(FIXTURE, short, runs=MEMORY_RUNS)
        long_mib = peak_mib(FIXTURE, long, runs=MEMORY_RUNS)
    return [
        Measurement(f"worker's peak memory, {dense.seconds / 60:.0f} min file", round(short_mib, 1), "MiB"),
        Measurement(f"worker's peak memory, {minutes:g} min file", round(long_mib, 1), "MiB"),
        at_most("peak memory, long against short", round(long_mib / short_mib, 3), "x", MEMORY_RATIO),
    ]
