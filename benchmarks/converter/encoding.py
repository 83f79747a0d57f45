"""Converting and splitting, beside the ffmpeg command line."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.converter.bench import SHORT_WORK_ROUNDS, Bench
from benchmarks.converter.material import ffmpeg
from local.report import Measurement
from services.converter.operations.convert import convert
from services.converter.operations.split import split
from services.converter.scratch import scratch_file
from shared.domain.audio_operations import ConvertOptions, SplitOptions, format_time_ms

OF_FFMPEG = 0.9
PARTS = 10
CONVERSIONS = {
    "mp3": ("-b:a", "320k"),
    "flac": ("-sample_fmt", "s16"),
    "wav": (),
    "m4a": ("-c:a", "aac", "-b:a", "256k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "8"),
    "opus": ("-c:a", "libopus", "-b:a", "192k", "-vbr", "off"),
}
"""By format, what makes ffmpeg write what our quality ``high`` is (of an MP3, FLAC has 16 bits)."""


def conversions(bench: Bench) -> list[Measurement]:
    """Of a WAV and an MP3, into each format."""
    return [
        measurement
        for source in (bench.material.wav, bench.material.mp3)
        for form, flags in CONVERSIONS.items()
        for measurement in bench.compare(
            f"convert {source.suffix[1:]} to {form}",
            "ffmpeg",
            partial(_convert, source, form),
            partial(ffmpeg, "-i", str(source), *flags, str(bench.material.folder / f"peer.{form}")),
            goal=OF_FFMPEG,
        )
    ]


def splits(bench: Bench) -> list[Measurement]:
    """A WAV into equal parts: as FLAC, and as WAV, which costs nothing to encode."""
    material = bench.material
    length = material.minutes * 60
    return [
        measurement
        for form in ("flac", "wav")
        for measurement in bench.compare(
            f"split into {PARTS} {form.upper()} parts",
            "ffmpeg",
            partial(_split, material.wav, form, length),
            partial(
                ffmpeg,
                *("-i", str(material.wav), "-f", "segment", "-segment_time", str(length / PARTS)),
                *(() if form == "flac" else ("-c:a", "pcm_s16le")),
                str(material.folder / f"part-%d.{form}"),
            ),
            goal=OF_FFMPEG,
            rounds=SHORT_WORK_ROUNDS,
        )
    ]


def _convert(source: Path, form: str) -> None:
    with source.open("rb") as file, scratch_file() as target:
        convert(file, target, ConvertOptions.model_validate({"format": form}))


def _split(source: Path, form: str, seconds: int) -> None:
    times = [format_time_ms(seconds * 1000 * part // PARTS) for part in range(PARTS + 1)]
    segments = [{"start": start, "end": end} for start, end in pairwise(times)]
    options = {"segments": segments, "format": form, "options": {"cross_fade": False}}
    with source.open("rb") as file:
        for part in split(file, SplitOptions.model_validate(options)):
            part.file.close()
