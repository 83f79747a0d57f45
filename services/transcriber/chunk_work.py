"""The work on one chunk of long audio: hear it alone, and keep what it gave as a checkpoint."""

from __future__ import annotations

from services.transcriber.assembly import Part
from services.transcriber.engine import Engine
from services.transcriber.listening import Listener, Stages
from services.transcriber.transcription import Transcription
from shared.domain.chunks import Chunk
from shared.domain.jobs import Job, Timings
from shared.domain.object_keys import partial_key
from shared.domain.transcript import Transcript
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectMissing, ObjectStore
from shared.worker.work import Progress

_READ_BYTES = 8 * 1024 * 1024


class ChunkWork:
    """A ``ChunkHandler``. What it stores is a transcript whose times count from the chunk's start."""

    def __init__(self, *, listener: Listener, transcripts: ObjectStore, engine: Engine, clock: Clock) -> None:
        self._listener = listener
        self._transcripts = transcripts
        self._engine = engine
        self._clock = clock

    def __call__(self, job: Job, chunk: Chunk, progress: Progress) -> Timings:
        """Hear the chunk. A last chunk that lies past the file's end holds nothing, and is no fault."""
        stages = Stages.on(self._clock)
        # A seam between overlapping chunks is found by the words' times, asked for or not.
        options = job.options.model_copy(
            update={"word_timestamps": job.options.word_timestamps or chunk.overlaps}
        )
        transcription = Transcription(self._engine, options, progress)
        with self._listener.opened(job, stages, from_seconds=chunk.starts_at) as decoder:
            end = chunk.ends_at if chunk.ends_at is not None else decoder.header_seconds
            self._listener.hear(
                decoder.blocks(chunk.starts_at, chunk.ends_at),
                transcription,
                stages,
                expected_seconds=None if end is None else max(0.0, end - chunk.starts_at),
            )
        with stages.storing.running():
            body = transcription.transcript(job).model_dump_json(by_alias=True).encode()
            self._transcripts.write(self._key(job, chunk), body, content_type="application/json")
        return stages.timings()

    def discard_chunk(self, user_id: str, job_id: str, number: int) -> None:
        """Remove what a try at the chunk stored."""
        self._transcripts.delete(partial_key(user_id, job_id, number))

    def part(self, job: Job, chunk: Chunk) -> Part:
        """A completed chunk with what it gave. Raises ``ObjectMissing``."""
        body = bytearray()
        key = self._key(job, chunk)
        size_bytes = self._transcripts.stat(key).size_bytes
        while len(body) < size_bytes:
            block = self._transcripts.read_range(key, len(body), _READ_BYTES)
            if not block:
                raise ObjectMissing(key)
            body += block
        return Part(chunk, Transcript.model_validate_json(body))

    @staticmethod
    def _key(job: Job, chunk: Chunk) -> str:
        return partial_key(job.user_id, job.job_id, chunk.number)
