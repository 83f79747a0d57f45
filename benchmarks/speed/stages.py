"""Where the time of a job goes, from storage to storage."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.table import Table

from benchmarks.calls.call import Call
from benchmarks.speed.contenders import Escriba
from services.transcriber.engine import Engine, EngineStage
from services.transcriber.whisper_engine import WhisperEngine, find_model


class StageTimes:
    """A ``StageObserver`` that sums the time of each stage, over all threads."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def watch(self, stage: EngineStage) -> Iterator[None]:
        """Count the time of a block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.seconds[stage.value] += time.perf_counter() - began


class WatchedEscriba(Escriba):
    """With an engine that tells its stages."""

    def _load(self) -> Engine:
        self.observer = self.times = StageTimes()
        return WhisperEngine.load(
            find_model(self.settings.model, wait_seconds=self.settings.model_wait_seconds),
            cpu_threads=self.settings.cpu_threads,
            streams=self.settings.streams,
            batch_size=self.settings.batch_size,
            observer=self.observer,
        )


@dataclass(frozen=True)
class StageShare:
    """One stage: milliseconds for a minute of audio, summed over everybody who worked on it at a time."""

    stage: str
    ms_a_minute: float


def profile(
    calls: Sequence[Call],
    watched_seconds: Mapping[str, float],
    *,
    audio_seconds: float,
    watched_audio_seconds: float,
) -> list[StageShare]:
    """The stages in the order of a job's way.

    The calls are those of the pipeline's jobs, ``audio_seconds`` long together; the worker's own stages
    were watched in another process. All are told a minute of audio.
    """
    minutes, watched_minutes = audio_seconds / 60, watched_audio_seconds / 60
    called = _called_ms(calls)
    own = {stage: 1000 * watched_seconds.get(stage.value, 0.0) / watched_minutes for stage in EngineStage}
    own[EngineStage.DECODE] -= own.pop(EngineStage.DOWNLOAD)
    return [
        StageShare("download (S3)", called["download"] / minutes),
        *(StageShare(stage.value, ms) for stage, ms in own.items()),
        StageShare("write (S3)", called["write"] / minutes),
        StageShare("DynamoDB", called["dynamodb"] / minutes),
        StageShare("SQS", called["sqs"] / minutes),
    ]


def _called_ms(calls: Sequence[Call]) -> defaultdict[str, float]:
    """By stage. Receives are left out: they wait for a message, and nobody waits for them."""
    found: defaultdict[str, float] = defaultdict(float)
    for call in calls:
        if call.service == "s3" and call.process == "transcriber":
            found["write" if call.operation == "PutObject" else "download"] += call.took_ms
        elif call.service in ("dynamodb", "sqs") and call.operation != "ReceiveMessage":
            found[call.service] += call.took_ms
    return found


def stages_table(stages: Sequence[StageShare]) -> Table:
    """For people, with each stage's share of the sum."""
    table = Table(title="Where the time goes", title_justify="left", box=None, pad_edge=False)
    table.add_column("stage")
    table.add_column("ms a minute of audio", justify="right")
    table.add_column("share", justify="right")
    total = sum(stage.ms_a_minute for stage in stages)
    for stage in stages:
        table.add_row(stage.stage, f"{stage.ms_a_minute:,.1f}", f"{100 * stage.ms_a_minute / total:.1f} %")
    return table
