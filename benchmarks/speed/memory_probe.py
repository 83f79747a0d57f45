"""``python -m benchmarks.speed.memory_probe MODEL FILE``: hears a file whole and prints its peak memory.

A process of its own, since a peak can't be taken back. Not cut into chunks: it is what one worker would
hold if it had to hear all of it by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.one_file import OneFile
from benchmarks.process_memory import peak_mib
from benchmarks.speed.contenders import Escriba, NoProgress, settings_for
from services.transcriber.listening import Listener, Stages
from services.transcriber.transcription import Transcription
from shared.domain.jobs import TranscriptionOptions
from shared.ports.clock import SystemClock
from shared.testing.builders import make_job


def main() -> None:
    """Hear it."""
    model, path = sys.argv[1], Path(sys.argv[2])
    worker = Escriba(settings_for(model), words=True)
    started_mib = peak_mib()
    listener = Listener(
        OneFile(path, content_type="audio/flac"),
        worker.engine,
        worker.settings.max_audio_minutes * 60,
        worker.settings.window_seconds,
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
