"""Reading, decoding and hearing some of a stored file: the same for a whole file and for a chunk."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.transcriber.audio_decoder import AudioDecoder, Samples
from services.transcriber.engine import Engine
from services.transcriber.ranged_reader import RangedReader
from services.transcriber.stopwatch import Stopwatch
from services.transcriber.transcription import Transcription
from services.transcriber.windows import cut_into_windows
from shared.domain.jobs import Job, Timings
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStore


@dataclass
class Stages:
    """How long each stage of one try took."""

    decoding: Stopwatch
    inferring: Stopwatch
    storing: Stopwatch

    @classmethod
    def on(cls, clock: Clock) -> Stages:
        """All at zero."""
        return cls(Stopwatch(clock), Stopwatch(clock), Stopwatch(clock))

    def timings(self) -> Timings:
        """As a job or chunk keeps them."""
        return Timings(
            decode_ms=self.decoding.elapsed_ms,
            inference_ms=self.inferring.elapsed_ms,
            store_ms=self.storing.elapsed_ms,
        )


@dataclass(frozen=True)
class Listener:
    """Opens files of one bucket for one engine; holds ``window_seconds`` of sound at a time."""

    audio: ObjectStore
    engine: Engine
    max_audio_seconds: float
    window_seconds: float

    def longest_seconds(self, job: Job) -> float:
        """The longest audio that is taken for a job: its owner's bound or ours, whichever is less."""
        owners = math.inf if job.audio_minutes is None else job.audio_minutes * 60
        return min(self.max_audio_seconds, owners)

    @contextmanager
    def opened(self, job: Job, stages: Stages, *, from_seconds: float = 0) -> Iterator[AudioDecoder]:
        """The decoder of a job's file, closed at the end. Raises ``PermanentError``."""
        with stages.decoding.running():
            source = RangedReader(self.audio, job.file.key)
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
        """Hear all blocks, window by window."""
        for window in stages.decoding.each(cut_into_windows(blocks, self.window_seconds)):
            with stages.inferring.running():
                transcription.hear(window, expected_seconds=expected_seconds)
