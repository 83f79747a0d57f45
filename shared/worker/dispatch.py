"""Which of a job's chunks are asked for, and when: a bounded number at a time.

One user's twelve-hour file would otherwise fill the queue before everybody else's: so the planner asks
for the first few chunks, and each that is finished asks for the next. A message may get lost between a
chunk's record and its queue; whoever sees to the job next sends it again.
"""

from __future__ import annotations

from shared.domain.chunks import Chunk, ChunkRefused, ChunkStatus, mean_progress
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Job
from shared.log import get_logger
from shared.ports.chunk_store import ChunkStore
from shared.ports.clock import Clock
from shared.worker.job_queues import JobQueues

_log = get_logger(__name__)


class ChunkDispatch:
    """Sends the messages of chunks, at most ``in_flight`` of one job at a time."""

    def __init__(self, *, chunks: ChunkStore, queues: JobQueues, in_flight: int, clock: Clock) -> None:
        self._chunks = chunks
        self._queues = queues
        self._in_flight = in_flight
        self._clock = clock

    def progress_of(self, job_id: str) -> int:
        """Progress over all chunks of a job, 0-99."""
        return mean_progress(self._chunks.list(job_id))

    def send_missing(self, job: Job) -> None:
        """Ask for all chunks that may be out and that nobody holds: for some it is the second time."""
        unfinished = [c for c in self._chunks.list(job.job_id) if c.status is not ChunkStatus.COMPLETED]
        may_be_out = sorted(unfinished, key=lambda chunk: chunk.status is ChunkStatus.WAITING)
        for chunk in may_be_out[: self._in_flight]:
            if not self._is_held(chunk):
                self._send(job, chunk)
        if not unfinished:
            self._queues.ask(job)

    def send_next(self, job: Job) -> None:
        """After a chunk was completed: ask for the next, or after the last for the assembly.

        Of two that end at once both may see that all is done: a copy of the message does no harm.
        """
        chunks = self._chunks.list(job.job_id)
        out = sum(chunk.status in (ChunkStatus.QUEUED, ChunkStatus.PROCESSING) for chunk in chunks)
        waiting = [chunk for chunk in chunks if chunk.status is ChunkStatus.WAITING]
        for chunk in waiting[: max(0, self._in_flight - out)]:
            self._send(job, chunk)
        if not out and not waiting:
            self._queues.ask(job)

    def _send(self, job: Job, chunk: Chunk) -> None:
        try:
            self._chunks.queue(job.job_id, chunk.number, now=self._clock.now(), redrives=job.redrives)
        except ChunkRefused as refused:
            _log.info("somebody has it", reason=str(refused))
            return
        self._queues.ask(job, chunk=chunk.number)

    def _is_held(self, chunk: Chunk) -> bool:
        if chunk.lease is None:
            return False
        return (self._clock.now() - chunk.lease.expires_at).total_seconds() <= CLOCK_SKEW_SECONDS
