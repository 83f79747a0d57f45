"""``python -m benchmarks.speed.memory_probe MODEL FILE``: hears a file whole and prints its peak memory.

A process of its own, since a peak can't be taken back. Not cut into chunks: it is what one worker would
hold if it had to hear all of it by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.process_memory import peak_mib
from benchmarks.speed.contenders import Escriba, NoProgress, settings_for
from services.transcriber.listening import Listener, Stages
from services.transcriber.transcription import Transcription
from shared.domain.jobs import TranscriptionOptions
from shared.ports.clock import SystemClock
from shared.ports.object_store import ObjectStat
from shared.testing.builders import make_job
from shared.testing.object_store import InMemoryObjectStore


class OneFile(InMemoryObjectStore):
    """A store whose only object is a file on disk, so that it is not in memory."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def stat(self, key: str) -> ObjectStat:  # noqa: ARG002
        """Of the file."""
        return ObjectStat(size_bytes=self._path.stat().st_size, content_type="audio/flac", etag="")

    def read_range(self, key: str, start: int, length: int) -> bytes:  # noqa: ARG002
        """From disk."""
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)


def main() -> None:
    """Hear it."""
    model, path = sys.argv[1], Path(sys.argv[2])
    worker = Escriba(settings_for(model), words=True)
    started_mib = peak_mib()
    listener = Listener(
        OneFile(path), worker.engine, worker.settings.max_audio_minutes * 60, worker.settings.window_seconds
    )
    transcription = Transcription(worker.engine, TranscriptionOptions(), NoProgress())
    stages = Stages.on(SystemClock())
    job = make_job()
    with listener.opened(job, stages) as decoder:
        listener.hear(decoder.blocks(), transcription, stages, expected_seconds=decoder.header_seconds)
    transcript = transcription.transcript(job)
    found = {"peakMiB": peak_mib(), "startedMiB": started_mib, "audioSeconds": transcript.duration_seconds}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
