"""Who is measured: our transcriber at its defaults, and faster-whisper as its users call it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import faster_whisper
import numpy as np
from faster_whisper.transcribe import BatchedInferencePipeline, Segment

from benchmarks.speed.recordings import Recording
from services.transcriber.audio_decoder import AudioDecoder
from services.transcriber.bootstrap import load_engine
from services.transcriber.engine import Engine, HearingRequest, NobodyWatching, StageObserver
from services.transcriber.listening import Listener, Stages
from services.transcriber.settings import TranscriberSettings
from services.transcriber.transcription import Transcription
from shared.domain.jobs import TranscriptionOptions
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore

AUDIO_KEY = "audio"


class Contender(Protocol):
    """Hears files, as many at once as it is best at, with all cores."""

    @property
    def name(self) -> str:
        """As tables show it."""
        ...

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        """The text of each, in order."""
        ...


def settings_for(model: str, **changes: object) -> TranscriberSettings:
    """A worker's settings at their defaults for this machine, but for ``changes``; the names lead nowhere."""
    names = {
        name: "-"
        for name, field in TranscriberSettings.model_fields.items()
        if field.is_required() and field.annotation is str
    }
    return TranscriberSettings.model_validate({**names, "model": model, **changes})


class NoProgress:
    """A ``Progress`` that nobody reads."""

    def report(self, percent: float) -> None:
        """Nothing."""


class Escriba:
    """A worker without its queue: decoding, windows, engine, guards, as many jobs at once as it takes.

    ``words``: with times of words, which a job has unless it asks for none; the peers' default is without.
    """

    def __init__(self, settings: TranscriberSettings, *, words: bool, name: str = "escriba") -> None:
        self.name = name
        self.settings = settings
        self.observer: StageObserver = NobodyWatching()
        self.engine = self._load()
        self.options = TranscriptionOptions(word_timestamps=words)

    def _load(self) -> Engine:
        return load_engine(self.settings, SystemClock(), RecordingMetrics())

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        """Each in a thread of its own, as the worker's slots do."""
        with ThreadPoolExecutor(self.settings.jobs_at_once) as pool:
            return list(pool.map(lambda recording: self.hear_one(recording.body), recordings))

    def hear_one(self, body: bytes, stages: Stages | None = None) -> str:
        """The text of one file."""
        store, job = InMemoryObjectStore(), make_job()
        store.write(job.file.key, body, content_type="audio/flac")
        settings, stages = self.settings, stages or Stages.on(SystemClock())
        listener = Listener(
            store,
            self.engine,
            settings.max_audio_minutes * 60,
            settings.window_seconds,
            observer=self.observer,
        )
        transcription = Transcription(self.engine, self.options, NoProgress())
        with listener.opened(job, stages) as decoder:
            listener.hear(decoder.blocks(), transcription, stages, expected_seconds=decoder.header_seconds)
        return transcription.transcript(job).text


class BareEngine(Escriba):
    """The engine with nothing around it but a decoder: no windows, no guards, no job."""

    def __init__(self, settings: TranscriberSettings, *, words: bool) -> None:
        super().__init__(settings, words=words, name="bare engine")

    def hear_one(self, body: bytes, stages: Stages | None = None) -> str:  # noqa: ARG002
        """The text of one file, which is held in memory whole."""
        request = HearingRequest(
            language=None, task="transcribe", word_timestamps=self.options.word_timestamps
        )
        with AudioDecoder(io.BytesIO(body), max_seconds=self.settings.max_audio_minutes * 60) as decoder:
            samples = np.concatenate(list(decoder.blocks()))
        return " ".join(segment.text.strip() for segment in self.engine.hear(samples, request).segments)


class PlainWhisper:
    """``WhisperModel.transcribe`` of one file after the other.

    At its defaults: beam 5, no voice activity detection, previous text fed back. ``like_ours``: with
    voice activity detection and times of words, and nothing fed back.
    """

    def __init__(self, directory: Path, *, like_ours: bool = False) -> None:
        self.name = "WhisperModel.transcribe"
        self._model = faster_whisper.WhisperModel(str(directory), device="cpu", compute_type="int8")
        ours = {"vad_filter": True, "word_timestamps": True, "condition_on_previous_text": False}
        self._settings = ours if like_ours else {}

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        """Its users give it a file and read the segments."""
        return [
            _text(self._model.transcribe(io.BytesIO(recording.body), **self._settings)[0])
            for recording in recordings
        ]


class BatchedWhisper:
    """``BatchedInferencePipeline(batch_size=8)`` at its other defaults, one file after the other."""

    def __init__(self, directory: Path) -> None:
        self.name = "BatchedInferencePipeline(batch_size=8)"
        model = faster_whisper.WhisperModel(str(directory), device="cpu", compute_type="int8")
        self._pipeline = BatchedInferencePipeline(model)

    def hear(self, recordings: Sequence[Recording]) -> list[str]:
        """Its users give it a file and read the segments."""
        return [
            _text(self._pipeline.transcribe(io.BytesIO(recording.body), batch_size=8)[0])
            for recording in recordings
        ]


def _text(segments: Sequence[Segment]) -> str:
    return " ".join(segment.text.strip() for segment in segments)
