"""A clip from the middle of a long MP3: made, beside the ffmpeg command line, and found made."""

from __future__ import annotations

from statistics import median

from benchmarks.converter.bench import SHORT_WORK_ROUNDS, Bench
from benchmarks.converter.clock import took
from benchmarks.converter.encoding import OF_FFMPEG
from benchmarks.converter.material import Material, ffmpeg
from benchmarks.one_file import OneFile
from local.report import Measurement, at_most
from services.converter.handler import ConversionHandler
from shared.domain.audio_operations import ClipOptions
from shared.domain.results import OperationResult
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.object_store import InMemoryObjectStore

FRESH_SECONDS, CACHED_MS = 2.5, 200


def clips(bench: Bench) -> list[Measurement]:
    """By the worker's handler, with stores on this machine: neither network nor queue is in it."""
    material = bench.material
    made = _Clips(material)
    beside_ffmpeg = bench.compare(
        f"clip from {material.long_minutes} minutes",
        "ffmpeg",
        made.fresh,
        lambda: ffmpeg(
            *("-ss", str(made.middle_seconds), "-i", str(material.long), "-t", "30", "-b:a", "192k"),
            str(material.folder / "clip.mp3"),
        ),
        goal=OF_FFMPEG,
        rounds=SHORT_WORK_ROUNDS,
    )
    fresh, cached = (
        median(took(clip).wall for _ in range(SHORT_WORK_ROUNDS)) for clip in (made.fresh, made.again)
    )
    size = material.long.stat().st_size
    bench.tell(
        f"the clip: {fresh:.2f} s fresh, {cached * 1000:.1f} ms cached, {made.bytes_read:,} bytes of {size:,}"
    )
    return [
        *beside_ffmpeg,
        at_most("clip, fresh", round(fresh, 3), "s", FRESH_SECONDS),
        at_most("clip, cached", round(cached * 1000, 1), "ms", CACHED_MS),
        Measurement("clip: read of the file", made.bytes_read, "bytes"),
        Measurement("clip: the file", size, "bytes"),
    ]


class _Clips:
    """The handler and its stores; each fresh clip begins a millisecond later than the last."""

    def __init__(self, material: Material) -> None:
        self.middle_seconds = material.long_minutes * 30
        self.bytes_read = 0
        self._start_ms = self.middle_seconds * 1000
        self._job = make_job()
        self._handler = ConversionHandler(
            audio=OneFile(material.long, content_type="audio/mpeg"),
            transcripts=InMemoryObjectStore(),
            clock=SystemClock(),
            max_audio_minutes=60 * 24,
        )

    def fresh(self) -> None:
        self._start_ms += 1
        self.bytes_read = self._clip().bytes_read or 0

    def again(self) -> None:
        if self._clip().bytes_read:
            raise RuntimeError("the clip was made anew")

    def _clip(self) -> OperationResult:
        job = self._job.model_copy(update={"operation": ClipOptions(start_time_ms=self._start_ms)})
        result = self._handler(job, _Unreported()).result
        if not isinstance(result, OperationResult):
            raise TypeError(result)
        return result


class _Unreported:
    def report(self, percent: float) -> None:
        """Nobody wants to know."""
