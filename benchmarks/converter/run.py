"""One run, one table: each line is our time, the peer's, and the ratio of their speeds."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import librosa
import pyloudnorm
import soundfile

from benchmarks.converter.clips_over_http import clips_over_http
from benchmarks.converter.clock import Took, peak_mebibytes, took
from benchmarks.converter.material import ffmpeg, make
from services.converter.handler import ConversionHandler
from services.converter.operations.analyse import analyse
from services.converter.operations.convert import convert
from services.converter.operations.split import split
from services.converter.scratch import scratch_file
from shared.domain.audio_operations import (
    AnalyseOptions,
    ClipOptions,
    ConvertOptions,
    SplitOptions,
    format_time_ms,
)
from shared.domain.jobs import OperationResult
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.object_store import InMemoryObjectStore

CONVERSIONS = {
    "mp3": ("-b:a", "320k"),
    "flac": (),
    "wav": (),
    "m4a": ("-c:a", "aac", "-b:a", "256k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "8"),
    "opus": ("-c:a", "libopus", "-b:a", "192k", "-vbr", "off"),
}
PARTS = 10
MEASURE = """
import sys
from services.converter.operations.analyse import analyse
from shared.domain.audio_operations import AnalyseOptions
with open(sys.argv[1], "rb") as file:
    analyse(file, AnalyseOptions(metrics=("loudness", "true_peak", "clipping", "levels")))
"""


def main() -> None:
    """Measure and print. ``ESCRIBA_QUICK=1``: shorter sound, and half an hour for three."""
    quick = bool(os.environ.get("ESCRIBA_QUICK"))
    minutes, hours, rounds = (1, 0.5, 1) if quick else (4, 3.0, 2)
    with tempfile.TemporaryDirectory(prefix="escriba-bench-") as name:
        folder = Path(name)
        wav, mp3, long = make(folder, minutes, hours)
        _say(
            f"{minutes} minutes of stereo at 44.1 kHz; seconds by the clock (processor), the best of {rounds}"
        )
        for source in (wav, mp3):
            for form, flags in CONVERSIONS.items():
                ours = took(partial(_convert, source, form), rounds)
                theirs = took(partial(_ffmpeg, source, folder / f"peer.{form}", flags), rounds)
                _line(f"convert {source.suffix[1:]} to {form}", ours, "ffmpeg", theirs)
        _line(
            f"split into {PARTS} FLAC parts",
            took(lambda: _split(wav, minutes), rounds),
            "ffmpeg",
            took(lambda: _ffmpeg_split(wav, folder, minutes), rounds),
        )
        _analyses(mp3, rounds)
        _clips(long, folder, hours)
        for found in clips_over_http(long, _say):
            _say(f"{found.measure:<48}{found.value:>12,} {found.unit:<12}{found.goal or ''}")
        short_mebibytes = peak_mebibytes(MEASURE, str(mp3))
        long_mebibytes = peak_mebibytes(MEASURE, str(long))
        _say(
            f"memory of an analysis: {short_mebibytes:.0f} MiB for {minutes} minutes, "
            f"{long_mebibytes:.0f} MiB for {hours:g} hours"
        )


def _convert(source: Path, form: str) -> None:
    with source.open("rb") as file, scratch_file() as target:
        convert(file, target, ConvertOptions.model_validate({"format": form}))


def _ffmpeg(source: Path, out: Path, flags: tuple[str, ...]) -> None:
    ffmpeg("-i", str(source), *flags, str(out))


def _split(source: Path, minutes: int) -> None:
    times = [format_time_ms(minutes * 60_000 * part // PARTS) for part in range(PARTS + 1)]
    segments = [{"start": start, "end": end} for start, end in pairwise(times)]
    options = {"segments": segments, "format": "flac", "options": {"cross_fade": False}}
    with source.open("rb") as file:
        for part in split(file, SplitOptions.model_validate(options)):
            part.file.close()


def _ffmpeg_split(source: Path, folder: Path, minutes: int) -> None:
    cuts = ("-f", "segment", "-segment_time", str(minutes * 60 / PARTS))
    ffmpeg("-i", str(source), *cuts, str(folder / "part-%d.flac"))


def _analyses(mp3: Path, rounds: int) -> None:
    def ours(*metrics: str) -> Callable[[], object]:
        def work() -> None:
            with mp3.open("rb") as file:
                analyse(file, AnalyseOptions.model_validate({"metrics": metrics}))

        return work

    def loudness_of_all() -> None:
        samples, rate_hz = soundfile.read(mp3)
        pyloudnorm.Meter(rate_hz).integrated_loudness(samples)

    def tempo_and_chroma_of_all() -> None:
        samples, rate_hz = librosa.load(mp3)
        librosa.feature.tempo(y=samples, sr=rate_hz)
        librosa.feature.chroma_stft(y=samples, sr=rate_hz)

    ours("all")()  # librosa compiles what it needs when it is first called
    _line("loudness", took(ours("loudness"), rounds), "pyloudnorm", took(loudness_of_all, rounds))
    _line(
        "tempo and key", took(ours("tempo", "key"), rounds), "librosa", took(tempo_and_chroma_of_all, rounds)
    )
    every = took(ours("all"), rounds)
    _say(f"{'every measure':<28}{every.wall:8.2f} ({every.processor:6.2f})")


def _clips(long: Path, folder: Path, hours: float) -> None:
    audio, outputs, job = InMemoryObjectStore(), InMemoryObjectStore(), make_job()
    audio.write(job.file.key, long.read_bytes(), content_type="audio/mpeg")
    handler = ConversionHandler(
        audio=audio, transcripts=outputs, clock=SystemClock(), max_audio_minutes=60 * 24
    )
    middle_ms = int(hours * 1_800_000)
    job = job.model_copy(update={"operation": ClipOptions(start_time_ms=middle_ms)})
    found: list[OperationResult] = []

    def clip() -> None:
        result = handler(job, _Unreported()).result
        if isinstance(result, OperationResult):
            found.append(result)

    fresh, cached = took(clip), took(clip)
    out = ("-t", "30", "-b:a", "192k", str(folder / "clip.mp3"))
    theirs = took(lambda: ffmpeg("-ss", str(middle_ms / 1000), "-i", str(long), *out))
    _line(f"clip from the middle of {hours:g} h", fresh, "ffmpeg", theirs)
    read = found[0].bytes_read or 0
    _say(
        f"its bytes read: {read:,} of {long.stat().st_size:,}; cached: {cached.wall * 1000:.1f} ms "
        "(the stores are in memory)"
    )


class _Unreported:
    def report(self, percent: float) -> None:
        """Nobody wants to know."""


def _line(what: str, ours: Took, peer: str, theirs: Took) -> None:
    _say(
        f"{what:<28}{ours.wall:8.2f} ({ours.processor:6.2f})   {peer:<10}{theirs.wall:8.2f} "
        f"({theirs.processor:6.2f})   ratio {theirs.wall / ours.wall:5.2f} "
        f"({theirs.processor / ours.processor:5.2f})"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
