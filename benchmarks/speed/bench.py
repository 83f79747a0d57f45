"""One run of ``make bench``: what its parts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.calls.call import FOLDER_VARIABLE, recorded
from benchmarks.chaos.caller import PatientCaller
from benchmarks.speed.contenders import Contender
from benchmarks.speed.options import Amounts, SpeedOptions
from benchmarks.speed.race import Race, run_race, warm_up
from benchmarks.speed.recordings import Recording, Sentence, make_recordings, read_sentences
from benchmarks.speed.stages import StageShare
from local.options import PlatformOptions
from local.platform import Platform, running_platform

APART = 90
"""Added to the seed for recordings that no other part hears."""

IDLE_AS_IN_A_CLOUD = {"RECONCILE_SECONDS": "300", "RECEIVE_WAIT_SECONDS": "8"}
"""In development idle processes ask every few seconds, and so take time from the workers beside them.
In a cloud a receive waits 20 seconds; a process that must end waits for its own, so here it is less."""


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
    def sentences(self) -> Mapping[str, Sequence[Sentence]]:
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
        warm_up(contenders, self.recordings(1, 0.05, offset=APART)[0])
        self.races[name] = run_race(contenders, files, rounds=rounds, tell=self.tell)
        return self.races[name]

    @property
    def calls(self) -> Path:
        """The folder that processes write their calls to AWS into."""
        return self.state / "calls"

    @contextmanager
    def platform(
        self, *, workers: int, overrides: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Platform, PatientCaller]]:
        """A platform with the bundled model, and a user of it."""
        environment = {FOLDER_VARIABLE: str(self.calls), **IDLE_AS_IN_A_CLOUD, **(overrides or {})}
        with (
            running_platform(
                PlatformOptions(workers=workers),
                state=self.state,
                tell=self.tell,
                overrides=environment,
                command=recorded,
            ) as platform,
            PatientCaller(platform.api_url, platform.api_key, platform.inbox_url) as caller,
        ):
            yield platform, caller
