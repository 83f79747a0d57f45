"""Long audio in windows, cut where it is quiet, so that memory doesn't grow with the file.

A file no longer than one window is one window, and is heard exactly as Whisper would hear it whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.loudness import FRAME_SAMPLES, QUIET_FRAMES, power_of_frames

SEARCH_SECONDS = 30.0
"""How far before a window's latest end a quiet point is looked for."""


@dataclass(frozen=True)
class Window:
    """A slice of the file. ``start_sample`` counts from the file's start; ``is_last``: none follows."""

    samples: Samples
    start_sample: int
    is_last: bool

    @property
    def start_seconds(self) -> float:
        """Where the window starts in the file."""
        return self.start_sample / SAMPLE_RATE


def cut_into_windows(blocks: Iterable[Samples], window_seconds: float) -> Iterator[Window]:
    """Windows of at most ``window_seconds`` that together are exactly the blocks."""
    capacity = int(window_seconds * SAMPLE_RATE)
    buffer = np.empty(capacity, dtype=np.float32)
    filled = start = 0
    for block in blocks:
        rest = block
        while len(rest):
            if filled == capacity:
                cut = find_quiet_point(buffer)
                yield Window(buffer[:cut], start, is_last=False)
                # A fresh buffer, since the window given out is a view of the old one.
                start, filled, old = start + cut, capacity - cut, buffer
                buffer = np.empty(capacity, dtype=np.float32)
                buffer[:filled] = old[cut:]
                del old
            taken = min(capacity - filled, len(rest))
            buffer[filled : filled + taken] = rest[:taken]
            filled, rest = filled + taken, rest[taken:]
    if filled:
        yield Window(buffer[:filled], start, is_last=True)


def find_quiet_point(samples: Samples, search_seconds: float = SEARCH_SECONDS) -> int:
    """The middle of the quietest half second in the last part of ``samples``, as a sample index.

    Of equally quiet ones the last, so that silence makes no window shorter than it must be.
    """
    search = min(len(samples) // 2, int(search_seconds * SAMPLE_RATE))
    frames = search // FRAME_SAMPLES
    if frames <= QUIET_FRAMES:
        return len(samples)
    power = power_of_frames(samples[len(samples) - frames * FRAME_SAMPLES :])
    loudness = np.convolve(power, np.ones(QUIET_FRAMES), mode="valid")
    quietest = len(loudness) - 1 - int(np.argmin(loudness[::-1]))
    return len(samples) - (frames - quietest - QUIET_FRAMES // 2) * FRAME_SAMPLES
