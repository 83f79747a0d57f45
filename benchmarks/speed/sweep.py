"""Which threads, streams and batch size are the fastest here, and whether the defaults are among them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.speed.contenders import Escriba, settings_for
from benchmarks.speed.race import Race
from services.transcriber.settings import TranscriberSettings, cores

BATCH_SIZES = (1, 2, 4, 8)

DEFAULT = "default"


def candidates(model: str) -> Iterator[Escriba]:
    """The defaults, then everything else that keeps all cores busy and the two that don't."""
    yield Escriba(settings_for(model), words=True, name=DEFAULT)
    for threads, streams, batch_size in combinations(cores()):
        settings = settings_for(
            model, cpu_threads=threads, streams=streams, jobs_at_once=streams, batch_size=batch_size
        )
        yield Escriba(settings, words=True, name=describe(settings))


def combinations(machine_cores: int) -> Iterator[tuple[int, int, int]]:
    """Threads a stream, streams, batch size: every way to share the cores, and one stream alone."""
    shares = {(threads, machine_cores // threads) for threads in range(1, machine_cores + 1)} | {(1, 1)}
    for threads, streams in sorted(shares):
        for batch_size in BATCH_SIZES:
            yield threads, streams, batch_size


def describe(settings: TranscriberSettings) -> str:
    """As tables show it."""
    return (
        f"CPU_THREADS={settings.cpu_threads} STREAMS={settings.streams} "
        f"JOBS_AT_ONCE={settings.jobs_at_once} BATCH_SIZE={settings.batch_size}"
    )


def best_of(race: Race) -> str:
    """The name of the fastest."""
    return max(race.speeds, key=race.speed)
