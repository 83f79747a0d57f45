"""The work of a transcription job: read, decode, listen, check, store the five outputs."""

from __future__ import annotations

import textwrap
from concurrent.futures import ThreadPoolExecutor

from services.transcriber.audio_decoder import AudioDecoder, Source
from services.transcriber.engine import Engine
from services.transcriber.filenames import output_filename
from services.transcriber.ranged_reader import RangedReader
from services.transcriber.renderings import RENDERINGS, Rendering
from services.transcriber.stopwatch import Stopwatch
from services.transcriber.transcription import Transcription
from services.transcriber.windows import cut_into_windows
from shared.domain.jobs import Job, JobOutput, Timings, TranscriptionResult
from shared.domain.object_keys import transcript_key, transcript_keys
from shared.domain.transcript import Transcript
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStore
from shared.worker.work import FinishedWork, Progress

PREVIEW_CHARACTERS = 300


class TranscriptionHandler:
    """A ``JobHandler``: safe to call from several threads, and twice for the same job.

    ``audio`` and ``transcripts`` are the two buckets.
    """

    def __init__(
        self,
        *,
        audio: ObjectStore,
        transcripts: ObjectStore,
        engine: Engine,
        clock: Clock,
        metrics: Metrics,
        max_audio_minutes: float,
        window_seconds: float,
    ) -> None:
        self._audio = audio
        self._transcripts = transcripts
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._max_audio_seconds = max_audio_minutes * 60
        self._window_seconds = window_seconds

    def __call__(self, job: Job, progress: Progress) -> FinishedWork:
        """Transcribe. Raises ``PermanentError`` for what is wrong with the file."""
        decoding, inferring, storing = (Stopwatch(self._clock) for _ in range(3))
        transcription = Transcription(self._engine, job.options, progress)
        with decoding.running():
            source = RangedReader(self._audio, job.file.key)
            decoder = self._open(source, progress)
        with decoder:
            windows = cut_into_windows(decoder.blocks(), self._window_seconds)
            for window in decoding.each(windows):
                with inferring.running():
                    transcription.hear(window, expected_seconds=decoder.header_seconds)
        transcript = transcription.transcript(job)
        with storing.running():
            outputs = self._store(job, transcript)
        self._record(transcript, transcription.redecoded_segments)
        return FinishedWork(
            result=_result_of(transcript),
            outputs=outputs,
            timings=Timings(
                decode_ms=decoding.elapsed_ms,
                inference_ms=inferring.elapsed_ms,
                store_ms=storing.elapsed_ms,
            ),
        )

    def discard(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes all outputs that a try at the job may have stored."""
        for key in transcript_keys(user_id, job_id):
            self._transcripts.delete(key)

    def _open(self, source: Source, progress: Progress) -> AudioDecoder:
        """Open the file; one that claims to be too long is measured before hours are spent listening."""
        decoder = AudioDecoder(source, max_seconds=self._max_audio_seconds)
        if (decoder.header_seconds or 0) <= self._max_audio_seconds:
            return decoder
        with decoder:
            for _ in decoder.blocks():
                progress.report(0)
        source.seek(0)
        return AudioDecoder(source, max_seconds=self._max_audio_seconds)

    def _store(self, job: Job, transcript: Transcript) -> tuple[JobOutput, ...]:
        """Write all forms at once: each costs a round trip, so one after another costs five."""
        with ThreadPoolExecutor(len(RENDERINGS), thread_name_prefix="store") as pool:
            return tuple(pool.map(lambda form: self._store_one(job, transcript, form), RENDERINGS))

    def _store_one(self, job: Job, transcript: Transcript, form: Rendering) -> JobOutput:
        key = transcript_key(job.user_id, job.job_id, form.extension)
        body = form.write(transcript).encode()
        self._transcripts.write(key, body, content_type=form.content_type)
        return JobOutput(
            filename=output_filename(job.file.filename, form.extension),
            key=key,
            content_type=form.content_type,
            size_bytes=len(body),
        )

    def _record(self, transcript: Transcript, redecoded_segments: int) -> None:
        values: dict[Metric, float] = {Metric.SEGMENTS_REDECODED: redecoded_segments}
        if transcript.segments:
            values[Metric.CONFIDENCE] = transcript.confidence
        self._metrics.record(values)


def _result_of(transcript: Transcript) -> TranscriptionResult:
    return TranscriptionResult(
        language=transcript.language,
        language_probability=transcript.language_probability,
        duration_seconds=transcript.duration_seconds,
        preview=textwrap.shorten(transcript.text, PREVIEW_CHARACTERS, placeholder="…"),
        model=transcript.model,
    )
