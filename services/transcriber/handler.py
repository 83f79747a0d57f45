"""The work of a transcription job: read, decode, listen, check, store the five outputs.

Long audio goes another way: it is planned here, worked on in chunks (:mod:`services.transcriber.chunk_work`),
and comes here again to be assembled.
"""

from __future__ import annotations

import textwrap
from concurrent.futures import ThreadPoolExecutor

from services.transcriber.assembly import assemble
from services.transcriber.audio_decoder import AudioDecoder
from services.transcriber.chunk_work import ChunkWork
from services.transcriber.engine import Engine
from services.transcriber.listening import Listener, Stages
from services.transcriber.planning import Chunking, chunks_between, plan_cuts
from services.transcriber.renderings import RENDERINGS, Rendering
from services.transcriber.transcription import Transcription
from shared.domain.chunks import ChunkStatus
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.filenames import output_filename
from shared.domain.jobs import Job, Split, Timings
from shared.domain.object_keys import transcript_key, transcript_keys
from shared.domain.results import JobOutput, TranscriptionResult
from shared.domain.transcript import Grade, Transcript
from shared.metrics import Metric, Metrics
from shared.ports.chunk_store import ChunkStore
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.object_store import ObjectStore
from shared.worker.work import FinishedWork, Progress, SplitWork

PREVIEW_CHARACTERS = 300


class TranscriptionHandler:
    """A ``JobHandler``: safe to call from several threads, and twice for the same job.

    ``audio`` and ``transcripts`` are the two buckets. ``files`` learns that a file has a transcript.
    """

    def __init__(
        self,
        *,
        audio: ObjectStore,
        transcripts: ObjectStore,
        chunks: ChunkStore,
        files: FileStore,
        engine: Engine,
        clock: Clock,
        metrics: Metrics,
        max_audio_minutes: float,
        window_seconds: float,
        chunking: Chunking,
    ) -> None:
        self._transcripts = transcripts
        self._chunks = chunks
        self._files = files
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._chunking = chunking
        self._listener = Listener(audio, engine, max_audio_minutes * 60, window_seconds)
        self.chunk_work = ChunkWork(
            listener=self._listener, transcripts=transcripts, engine=engine, clock=clock
        )

    def __call__(self, job: Job, progress: Progress) -> FinishedWork | SplitWork:
        """Transcribe, plan or assemble. Raises ``PermanentError`` for what is wrong with the file."""
        if job.split is not None:
            return self._go_on(job, job.split, progress)
        stages = Stages.on(self._clock)
        with self._listener.opened(job, stages) as decoder:
            if not self._claims_to_be_long(job, decoder):
                return self._finish(job, self._transcribe(job, decoder, stages, progress), stages)
            planned = self._plan(job, decoder, stages, progress)
        if planned:
            return SplitWork(planned, planning_ms=stages.timings().decode_ms)
        with self._listener.opened(job, stages) as decoder:
            return self._finish(job, self._transcribe(job, decoder, stages, progress), stages)

    def discard(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes all outputs that a try at the job may have stored."""
        for key in transcript_keys(user_id, job_id):
            self._transcripts.delete(key)
        self.tidy(user_id, job_id)

    def tidy(self, user_id: str, job_id: str) -> None:
        """A ``Discard``: removes what the job's chunks left; their records last, for they name the rest."""
        for chunk in self._chunks.list(job_id):
            self.chunk_work.discard_chunk(user_id, job_id, chunk.number)
        self._chunks.delete_all(job_id)

    def _claims_to_be_long(self, job: Job, decoder: AudioDecoder) -> bool:
        bound = min(self._chunking.threshold_seconds, self._listener.longest_seconds(job))
        return decoder.header_seconds is not None and decoder.header_seconds > bound

    def _plan(self, job: Job, decoder: AudioDecoder, stages: Stages, progress: Progress) -> int:
        """Store the chunks of a file that is to be cut; returns how many. 0: it is not."""
        if (decoder.header_seconds or 0) > self._listener.longest_seconds(job):
            # It claims to be too long: it is measured before hours are spent listening.
            for _ in stages.decoding.each(decoder.blocks()):
                progress.report(0)
            return 0
        with stages.decoding.running():
            cuts = plan_cuts(
                decoder.header_seconds,
                self._chunking,
                excerpt=decoder.excerpt,
                find_speech=self._engine.find_speech,
                still_wanted=lambda: progress.report(0),
            )
        if not cuts:
            return 0
        chunks = chunks_between(job, cuts)
        self._chunks.put(chunks)
        return len(chunks)

    def _transcribe(self, job: Job, decoder: AudioDecoder, stages: Stages, progress: Progress) -> Transcript:
        transcription = Transcription(self._engine, job.options, progress)
        self._listener.hear(decoder.blocks(), transcription, stages, expected_seconds=decoder.header_seconds)
        return transcription.transcript(job)

    def _go_on(self, job: Job, split: Split, progress: Progress) -> FinishedWork | SplitWork:
        """Assemble the chunks, if all are there."""
        chunks = self._chunks.list(job.job_id)
        if any(chunk.status is not ChunkStatus.COMPLETED for chunk in chunks):
            return SplitWork(split.chunks)
        stages = Stages.on(self._clock)
        with stages.storing.running():
            transcript = assemble(job, [self.chunk_work.part(job, chunk) for chunk in chunks])
        progress.report(99)
        if not transcript.duration_seconds:
            raise PermanentError(Fault.NO_AUDIO_DATA)
        work = self._finish(job, transcript, stages)
        summed = [work.timings, *(chunk.timings or Timings() for chunk in chunks)]
        timings = Timings(
            decode_ms=split.planning_ms + sum(timing.decode_ms for timing in summed),
            inference_ms=sum(timing.inference_ms for timing in summed),
            store_ms=sum(timing.store_ms for timing in summed),
        )
        return FinishedWork(result=work.result, outputs=work.outputs, timings=timings)

    def _finish(self, job: Job, transcript: Transcript, stages: Stages) -> FinishedWork:
        with stages.storing.running():
            outputs = self._store(job, transcript)
            self._files.mark_transcribed(job.file.file_id, now=self._clock.now())
        self._record(transcript)
        return FinishedWork(result=_result_of(transcript), outputs=outputs, timings=stages.timings())

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

    def _record(self, transcript: Transcript) -> None:
        """What shows drift: a model that fails on what comes in now leaves its marks in all of these."""
        quality = transcript.quality
        if quality is None:
            return
        values: dict[Metric, float] = {
            Metric.SEGMENTS_REDECODED: quality.redecoded_segments,
            Metric.SEGMENTS_FLAGGED: quality.flagged_segments,
            Metric.SPEECH_SHARE: quality.speech_share,
            Metric.TRANSCRIPTS_POOR: int(quality.grade is Grade.POOR),
        }
        if transcript.segments:
            values[Metric.CONFIDENCE] = transcript.confidence
        if transcript.language_probability:
            values[Metric.LANGUAGE_CONFIDENCE] = transcript.language_probability
        self._metrics.record(values, language=transcript.language, model=transcript.model)


def _result_of(transcript: Transcript) -> TranscriptionResult:
    return TranscriptionResult(
        language=transcript.language,
        language_probability=transcript.language_probability,
        duration_seconds=transcript.duration_seconds,
        preview=textwrap.shorten(transcript.text, PREVIEW_CHARACTERS, placeholder="…"),
        model=transcript.model,
    )
