"""Measures of the sound, beside libraries that want all of it in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import librosa
import pyloudnorm
import soundfile

from benchmarks.converter.bench import Bench
from benchmarks.converter.clock import took
from local.report import Measurement
from services.converter.operations.analyse import analyse
from shared.domain.audio_operations import AnalyseOptions

OF_WHOLE_ARRAY = 1.0


def analyses(bench: Bench) -> list[Measurement]:
    """Loudness as pyloudnorm gives it, tempo and key from what librosa gives, and everything."""
    mp3 = bench.material.mp3
    _ours(mp3, "all")()  # librosa compiles what it needs when it is first called
    found = [
        *bench.compare(
            "loudness", "pyloudnorm", _ours(mp3, "loudness"), _loudness_of(mp3), goal=OF_WHOLE_ARRAY
        ),
        *bench.compare(
            "tempo and key", "librosa", _ours(mp3, "tempo", "key"), _music_of(mp3), goal=OF_WHOLE_ARRAY
        ),
    ]
    every = took(_ours(mp3, "all"))
    real_time = bench.material.minutes * 60 / every.wall
    bench.tell(f"{'every measure':<28}{every.wall:8.2f} s")
    return [*found, Measurement("every measure", round(real_time), "x real time")]


def _ours(path: Path, *metrics: str) -> Callable[[], None]:
    options = AnalyseOptions.model_validate({"metrics": metrics})

    def work() -> None:
        with path.open("rb") as file:
            analyse(file, options)

    return work


def _loudness_of(path: Path) -> Callable[[], None]:
    def work() -> None:
        samples, rate_hz = soundfile.read(path)
        pyloudnorm.Meter(rate_hz).integrated_loudness(samples)

    return work


def _music_of(path: Path) -> Callable[[], None]:
    def work() -> None:
        samples, rate_hz = librosa.load(path)
        librosa.feature.tempo(y=samples, sr=rate_hz)
        librosa.feature.chroma_stft(y=samples, sr=rate_hz)

    return work
