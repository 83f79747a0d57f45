"""The three files that the storm submits, made in memory."""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import dataclass

from benchmarks.chaos.plan import Recording

RATE_HZ = 16_000
GOOD_SECONDS = 1.0


@dataclass(frozen=True)
class Upload:
    """A file as a user has it."""

    filename: str
    content_type: str
    body: bytes


def make_upload(recording: Recording, number: int) -> Upload:
    """The file of job ``number``. The name is all that differs between two of a kind."""
    return Upload(f"{recording}-{number:05d}.wav", "audio/wav", _BODIES[recording])


def _tone(seconds: float) -> bytes:
    samples = (int(16_000 * math.sin(2 * math.pi * 440 * n / RATE_HZ)) for n in range(int(seconds * RATE_HZ)))
    target = io.BytesIO()
    with wave.open(target, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(RATE_HZ)
        output.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return target.getvalue()


_BODIES = {
    Recording.GOOD: _tone(GOOD_SECONDS),
    Recording.TEXT: b"The minutes of a meeting, not its recording.\n" * 20,  # the router refuses it
    Recording.DAMAGED: b"RIFF\x00\x10\x00\x00WAVE" + bytes(range(256)) * 4,  # a worker refuses it
}
