"""Long audio's way without its queue: planned, heard chunk by chunk, assembled."""

from __future__ import annotations

from benchmarks.speed.contenders import Escriba, NoProgress
from services.transcriber.assembly import assemble
from services.transcriber.chunk_work import ChunkWork
from services.transcriber.listening import Listener, Stages
from services.transcriber.planning import Chunking, chunks_between, plan_cuts
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job
from shared.testing.object_store import InMemoryObjectStore


class ChunkedEscriba(Escriba):
    """Cuts every file into chunks of ``chunk_seconds``, as a worker cuts those above its threshold."""

    chunk_seconds = 60.0
    """A tenth of a worker's default: ten times as many seams."""

    def hear_one(self, body: bytes, stages: Stages | None = None) -> str:  # noqa: ARG002
        """The text of one file, from its chunks."""
        job = make_job(options=self.options)
        audio, transcripts, clock = InMemoryObjectStore(), InMemoryObjectStore(), SystemClock()
        audio.write(job.file.key, body, content_type=job.file.content_type)
        listener = Listener(
            audio, self.engine, self.settings.max_audio_minutes * 60, self.settings.window_seconds
        )
        work = ChunkWork(listener=listener, transcripts=transcripts, engine=self.engine, clock=clock)
        with listener.opened(job, Stages.on(clock)) as decoder:
            cuts = plan_cuts(
                decoder.header_seconds,
                Chunking(threshold_seconds=self.chunk_seconds, chunk_seconds=self.chunk_seconds),
                excerpt=decoder.excerpt,
                find_speech=self.engine.find_speech,
                still_wanted=lambda: None,
            )
        chunks = chunks_between(job, cuts)
        for chunk in chunks:
            work(job, chunk, NoProgress())
        return assemble(job, [work.part(job, chunk) for chunk in chunks]).text
