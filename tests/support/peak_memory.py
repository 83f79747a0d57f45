"""``python -m tests.support.peak_memory WHAT …``: does each in turn, and prints the peak memory after each.

WHAT is a number: seconds of WAV that are heard through the handler with the fake engine, without ever lying
anywhere as a whole; or ``mp4:N``: an MP4 that claims N samples. One line each: ``peak``, MiB, and the ending.
"""

from __future__ import annotations

import sys

from benchmarks.process_memory import peak_mib
from services.transcriber.fake_engine import FakeEngine
from services.transcriber.handler import TranscriptionHandler
from services.transcriber.planning import Chunking
from shared.domain.errors import PermanentError
from shared.ports.clock import SystemClock
from shared.ports.object_store import ObjectStat
from shared.testing.builders import make_job
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.file_store import InMemoryFileStore
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore
from shared.worker.work import FinishedWork
from tests.support.broken_media import mp4_of_millions, pcm_header

NEVER_SECONDS = 1e9


class Nobody:
    """Takes reports of progress."""

    def report(self, percent: float) -> None:
        """Forgets it."""


class MadeOnTheFly(InMemoryObjectStore):
    """One object: ``head``, and then the same byte up to ``size_bytes``."""

    def __init__(self, head: bytes, size_bytes: int) -> None:
        super().__init__()
        self._head = head
        self._size_bytes = size_bytes

    def stat(self, key: str) -> ObjectStat:
        return ObjectStat(size_bytes=self._size_bytes, content_type="audio/wav", etag="made")

    def read_range(self, key: str, start: int, length: int) -> bytes:
        length = min(length, self._size_bytes - start)
        part = self._head[start : start + length]
        return part + b"\x81" * (length - len(part))


def store_of(what: str) -> MadeOnTheFly:
    kind, _, count = what.rpartition(":")
    if kind == "mp4":
        media = mp4_of_millions(int(count))
        return MadeOnTheFly(media, len(media))
    head = pcm_header(float(what))
    return MadeOnTheFly(head, len(head) + int(float(what) * 1_000))


def ending_of(what: str) -> str:
    handler = TranscriptionHandler(
        audio=store_of(what),
        transcripts=InMemoryObjectStore(),
        chunks=InMemoryChunkStore(),
        files=InMemoryFileStore(),
        engine=FakeEngine(),
        clock=SystemClock(),
        metrics=RecordingMetrics(),
        max_audio_minutes=720,
        window_seconds=300,
        chunking=Chunking(threshold_seconds=NEVER_SECONDS, chunk_seconds=600),
    )
    try:
        work = handler(make_job(), Nobody())
    except PermanentError as error:
        return error.fault.code
    assert isinstance(work, FinishedWork)
    return f"{work.result.duration_seconds:.0f} s"


if __name__ == "__main__":
    for each in sys.argv[1:]:
        ending = ending_of(each)
        print("peak", round(peak_mib()), ending, flush=True)
