"""The kinds of jobs that a storm submits: how each is asked for, and what its owner is promised."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import av

from benchmarks.chaos.plan import Work
from benchmarks.chaos.recordings import GOOD_SECONDS

LENGTH_ERROR_SECONDS = 0.2
"""Codecs pad what they encode."""

TRANSCRIPTS = 5


@dataclass(frozen=True)
class Promise:
    """``told``: how the subject of the one mail about a job begins, by how the job ended."""

    route: str
    wishes: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=lambda: {"completed": "Done: ", "failed": "Failed: "})
    transcripts: int = 0
    sounds: int = 0

    def is_kept_by(self, outputs: Sequence[bytes]) -> bool:
        """Whether these are all the files of a good recording's job, and can be read."""
        return (
            len(outputs) == self.transcripts + self.sounds
            and any(map(_is_a_transcript, outputs)) == bool(self.transcripts)
            and sum(map(_is_the_whole_sound, outputs)) == self.sounds
        )


PROMISES: Mapping[Work, Promise] = {
    Work.TRANSCRIPTION: Promise(
        "/v1/transcriptions",
        told={"completed": "Transcript ready: ", "failed": "Transcription failed: "},
        transcripts=TRANSCRIPTS,
    ),
    Work.CONVERT: Promise("/v1/audio/convert", {"format": "flac"}, sounds=1),
    Work.PODCAST: Promise(
        "/v1/workflows/podcast",
        {"mode": "quick", "options": {"transcript": True}},
        transcripts=TRANSCRIPTS,
        sounds=1,
    ),
}


def _is_a_transcript(content: bytes) -> bool:
    try:
        return bool(json.loads(content)["segments"])
    except (ValueError, KeyError, TypeError):
        return False


def _is_the_whole_sound(content: bytes) -> bool:
    try:
        with av.open(io.BytesIO(content), "r") as container:
            tracks = container.streams.audio[:1]
            seconds = sum(f.samples / f.sample_rate for track in tracks for f in container.decode(track))
    except av.FFmpegError:
        return False
    return bool(abs(seconds - GOOD_SECONDS) <= LENGTH_ERROR_SECONDS)
