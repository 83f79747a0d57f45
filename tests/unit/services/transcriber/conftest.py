"""Media made on the spot, engines that follow a script, and the handler with fakes behind it."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest

from services.transcriber.audio_decoder import AudioDecoder
from services.transcriber.engine import Engine, HeardSegment, HeardWord, Hearing, HearingRequest, Span
from services.transcriber.handler import TranscriptionHandler
from services.transcriber.planning import Chunking
from services.transcriber.whisper_engine import WhisperEngine, find_model
from shared.domain.jobs import Job, TranscriptionOptions
from shared.domain.transcript import Transcript
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.file_store import InMemoryFileStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore
from shared.worker.work import Discard, FinishedWork
from tests.support.long_audio_world import SECONDS

SAMPLES = Path(__file__).resolve().parents[4] / "models" / "fixture" / "samples"


@pytest.fixture(scope="session")
def samples_directory() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def whisper() -> WhisperEngine:
    """The bundled model, loaded once."""
    return WhisperEngine.load(find_model("fixture", wait_seconds=1), cpu_threads=1, streams=2)


@pytest.fixture(scope="session")
def tone() -> Callable[..., np.ndarray]:
    """``tone(seconds, rate, channels)``: float samples of shape (channels, n), never quite periodic."""

    def make(seconds: float, rate: int = 16_000, channels: int = 1) -> np.ndarray:
        time = np.arange(int(seconds * rate)) / rate
        rows = [0.3 * np.sin(2 * np.pi * (300 + 60 * c + 20 * time) * time) for c in range(channels)]
        return np.stack(rows).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """``encode(samples, rate, container, codec, layout)``: a media file of these samples."""

    def make(
        samples: np.ndarray,
        rate: int = 16_000,
        container: str = "wav",
        codec: str = "pcm_s16le",
        layout: str = "mono",
        options: dict[str, str] | None = None,
    ) -> bytes:
        target = io.BytesIO()
        with av.open(target, "w", format=container, options=options or {}) as output:
            stream = output.add_stream(codec, rate=rate, layout=layout)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
            frame.sample_rate = rate
            resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
            fifo = av.AudioFifo()
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                part.pts = None
                fifo.write(part)
            size = stream.codec_context.frame_size or 1024
            while (chunk := fifo.read(size, partial=True)) is not None:
                output.mux(stream.encode(chunk))
            output.mux(stream.encode(None))
        return target.getvalue()

    return make


@pytest.fixture(scope="session")
def open_decoder() -> Callable[[bytes], AudioDecoder]:
    """``open_decoder(media)``: the decoder of a file in memory."""
    return lambda media: AudioDecoder(io.BytesIO(media), max_seconds=3600)


@pytest.fixture(scope="session")
def wav() -> Callable[..., bytes]:
    """``wav(samples, rate)``: 16-bit mono PCM without any encoder between."""

    def make(samples: np.ndarray, rate: int = 16_000) -> bytes:
        target = io.BytesIO()
        with wave.open(target, "wb") as output:
            output.setnchannels(1)
            output.setsampwidth(2)
            output.setframerate(rate)
            output.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return target.getvalue()

    return make


@pytest.fixture(scope="session")
def long_media(wav: Callable[..., bytes], tone: Callable[..., np.ndarray]) -> bytes:
    """What a ``LongAudioWorld`` works on."""
    return wav(tone(SECONDS)[0])


@dataclass
class RecordingProgress:
    """Remembers every report; raises ``error`` at the first once it is set."""

    reports: list[float] = field(default_factory=list)
    error: Exception | None = None

    def report(self, percent: float) -> None:
        if self.error is not None:
            raise self.error
        self.reports.append(percent)


@dataclass
class ScriptedEngine:
    """Answers with the scripted segments in turn (the last one for good) and remembers the requests."""

    script: list[Sequence[HeardSegment]]
    speech: tuple[Span, ...] | None = None
    language: str | None = "en"
    requests: list[HearingRequest] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    name: str = "scripted"

    def find_speech(self, samples: np.ndarray) -> tuple[Span, ...]:
        return self.speech or ()

    def hear(self, samples: np.ndarray, request: HearingRequest) -> Hearing:
        turn = min(len(self.requests), len(self.script) - 1)
        self.requests.append(request)
        self.lengths.append(len(samples))
        speech = (Span(0.0, len(samples) / 16_000),) if self.speech is None else self.speech
        return Hearing(request.language or self.language, 0.9, speech, iter(self.script[turn]))


@dataclass
class Run:
    """One job done by the handler with fakes behind it."""

    job: Job
    finished: FinishedWork
    transcript: Transcript
    texts: dict[str, str]
    progress: RecordingProgress
    metrics: RecordingMetrics
    transcripts: InMemoryObjectStore
    discard: Discard


@pytest.fixture
def progress() -> RecordingProgress:
    return RecordingProgress()


@pytest.fixture
def scripted() -> type[ScriptedEngine]:
    return ScriptedEngine


@pytest.fixture
def heard() -> Callable[..., HeardSegment]:
    """``heard("text", start, end)``: a segment that no guard minds, changed by keyword."""

    def make(text: str, start: float, end: float, **changes: object) -> HeardSegment:
        words = text.split()
        step = (end - start) / max(1, len(words))
        fields: dict[str, object] = {
            "start": start,
            "end": end,
            "text": text,
            "mean_log_probability": -0.2,
            "no_speech_probability": 0.01,
            "compression_ratio": 1.1,
            "words": tuple(
                HeardWord(start + index * step, start + (index + 1) * step, word, 0.9)
                for index, word in enumerate(words)
            ),
        }
        return HeardSegment(**{**fields, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def transcribe() -> Callable[..., Run]:
    """``transcribe(media, engine, options, …)``: what the handler makes of a file's bytes."""

    def run(
        media: bytes,
        engine: Engine,
        options: TranscriptionOptions | None = None,
        *,
        max_audio_minutes: float = 720,
        owners_minutes: int | None = None,
        window_seconds: float = 600,
        filename: str = "meeting.mp3",
        progress: RecordingProgress | None = None,
    ) -> Run:
        audio, transcripts, metrics = InMemoryObjectStore(), InMemoryObjectStore(), RecordingMetrics()
        job = make_job(options=options or TranscriptionOptions(), audio_minutes=owners_minutes)
        job = job.model_copy(update={"file": job.file.model_copy(update={"filename": filename})})
        audio.write(job.file.key, media, content_type="audio/mpeg")
        handler = TranscriptionHandler(
            audio=audio,
            transcripts=transcripts,
            chunks=InMemoryChunkStore(),
            files=InMemoryFileStore(),
            engine=engine,
            clock=SystemClock(),
            metrics=metrics,
            max_audio_minutes=max_audio_minutes,
            window_seconds=window_seconds,
            chunking=Chunking(threshold_seconds=1200, chunk_seconds=600),
        )
        progress = progress or RecordingProgress()
        finished = handler(job, progress)
        assert isinstance(finished, FinishedWork)
        texts = {
            output.key.rpartition(".")[2]: transcripts.objects[output.key].body.decode()
            for output in finished.outputs
        }
        transcript = Transcript.model_validate_json(texts["json"])
        return Run(job, finished, transcript, texts, progress, metrics, transcripts, discard=handler.discard)

    return run
