"""Reading, decoding and hearing some of a stored file: the same for a whole file and for a chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.transcriber.allocator import release_free_pages
from services.transcriber.audio_decoder import AudioDecoder, Samples
from services.transcriber.engine import Engine, EngineStage, NobodyWatching, StageObserver
from services.transcriber.stopwatch import Stopwatch
from services.transcriber.transcription import Transcription
from services.transcriber.windows import Window, cut_into_windows
from shared.domain.jobs import Job, Timings
from shared.media.ahead import one_ahead
from shared.media.ranged_reader import RangedReader
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStore
from shared.ports.tracing import StageTime
from shared.tracing import current_span


@dataclass
class Stages:
    """How long each stage of one try took.

    Decoding done while the model listened is not counted; downloading is, wherever it ran.
    """

    downloading: Stopwatch
    decoding: Stopwatch
    inferring: Stopwatch
    storing: Stopwatch

    @classmethod
    def on(cls, clock: Clock) -> Stages:
        """All at zero; the current span will show them."""
        stages = cls(Stopwatch(clock), Stopwatch(clock), Stopwatch(clock), Stopwatch(clock))
        current_span().ask_for_stages(stages.for_trace)
        return stages

    def for_trace(self) -> list[StageTime]:
        """Those that ran, for a trace."""
        stages = (
            self.downloading.stage("download"),
            self.decoding.stage("decode"),
            self.inferring.stage("inference"),
            self.storing.stage("store"),
        )
        return [stage for stage in stages if stage is not None]

    def timings(self) -> Timings:
        """As a job or chunk keeps them."""
        return Timings(
            decode_ms=self.decoding.elapsed_ms,
            inference_ms=self.inferring.elapsed_ms,
            store_ms=self.storing.elapsed_ms,
        )


@dataclass(frozen=True)
class Listener:
    """Opens files of one bucket for one engine; holds three times ``window_seconds`` of sound at most."""

    audio: ObjectStore
    engine: Engine
    max_audio_seconds: float
    window_seconds: float
    observer: StageObserver = field(default_factory=NobodyWatching)

    def longest_seconds(self, job: Job) -> float:
        """The longest audio that is taken for a job: its owner's bound or ours, whichever is less."""
        return job.longest_seconds(self.max_audio_seconds)

    @contextmanager
    def opened(self, job: Job, stages: Stages, *, from_seconds: float = 0) -> Iterator[AudioDecoder]:
        """The decoder of a job's file, closed at the end. Raises ``PermanentError``."""
        with stages.decoding.running():
            source = RangedReader(self.audio, job.file.key, reading=lambda: self._downloading(stages))
            decoder = AudioDecoder(source, max_seconds=self.longest_seconds(job) - from_seconds)
        with decoder:
            yield decoder

    def hear(
        self,
        blocks: Iterator[Samples],
        transcription: Transcription,
        stages: Stages,
        *,
        expected_seconds: float | None,
    ) -> None:
        """Hear all blocks, window by window; the next one is read and decoded meanwhile."""
        with one_ahead(self._windows(blocks)) as windows:
            for window in stages.decoding.each(windows):
                with stages.inferring.running():
                    transcription.hear(window, expected_seconds=expected_seconds)
                release_free_pages()

    @contextmanager
    def _downloading(self, stages: Stages) -> Iterator[None]:
        with stages.downloading.running(), self.observer.watch(EngineStage.DOWNLOAD):
            yield

    def _windows(self, blocks: Iterator[Samples]) -> Iterator[Window]:
        windows = cut_into_windows(blocks, self.window_seconds)
        while True:
            with self.observer.watch(EngineStage.DECODE):
                window = next(windows, None)
            if window is None:
                return
            yield window
