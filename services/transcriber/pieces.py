"""The pieces that a Whisper hears at once: thirty seconds at most, cut where it is quiet.

Pure: no model in here. A piece is heard without knowing its neighbours, so several can be at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.cuts import find_cuts

PIECE_SECONDS = 30.0
"""What the encoder takes; a shorter piece costs as much (Radford et al. 2022, arXiv:2212.04356, 2.1)."""

TIMESTAMP_SECONDS = 0.02
"""The step from one timestamp token to the next."""

LEAST_RESUME_SECONDS = 1.0
"""A shorter rest is heard again only if text was begun in it, and none that leaves less than this behind."""


@dataclass(frozen=True)
class Piece:
    """Some of the sound; ``start_sample`` counts from the start of the sound that was cut."""

    samples: Samples
    start_sample: int

    @property
    def start_seconds(self) -> float:
        """Where the piece starts in the sound that was cut."""
        return self.start_sample / SAMPLE_RATE

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE

    def rest(self, seconds: float) -> Piece:
        """What follows after so many seconds of it."""
        offset = round(seconds * SAMPLE_RATE)
        return Piece(self.samples[offset:], self.start_sample + offset)


@dataclass(frozen=True)
class TimedTokens:
    """Tokens of one segment, timestamps among them; seconds from the piece's start."""

    start: float
    end: float
    tokens: list[int]


@dataclass(frozen=True)
class Decoded:
    """The segments of a piece. ``resume_at``: where to listen again for what was begun; None: nowhere."""

    segments: list[TimedTokens]
    resume_at: float | None = None


def cut_into_pieces(samples: Samples) -> list[Piece]:
    """Pieces (views) that together are exactly ``samples``."""
    if not len(samples):
        return []
    borders = [0, *find_cuts(samples, PIECE_SECONDS), len(samples)]
    return [Piece(samples[start:end], start) for start, end in pairwise(borders)]


def split_at_timestamps(tokens: Sequence[int], first_timestamp: int, seconds: float) -> Decoded:
    """The segments in what the model said of a piece that is ``seconds`` long.

    A segment stands between two timestamps, so two in a row part segments. Text after the last pair was
    begun and not finished: it is left out, to be heard again from there, unless that would be next to the
    same piece again. All ids from ``first_timestamp`` on are timestamps (``transcribe`` in openai/whisper).
    """
    ids = list(tokens)
    is_time = [token >= first_timestamp for token in ids]
    ends = [index for index in range(1, len(ids)) if is_time[index - 1] and is_time[index]]
    if not ends:
        last = max((token for token in ids if token > first_timestamp), default=None)
        end = seconds if last is None else (last - first_timestamp) * TIMESTAMP_SECONDS
        return Decoded([TimedTokens(0.0, end, ids)])
    is_finished = is_time[-1] and not is_time[-2]
    if is_finished:
        ends.append(len(ids))
    segments = [
        TimedTokens(
            (ids[start] - first_timestamp) * TIMESTAMP_SECONDS,
            (ids[end - 1] - first_timestamp) * TIMESTAMP_SECONDS,
            ids[start:end],
        )
        for start, end in zip([0, *ends], ends, strict=False)
    ]
    if is_finished:
        return Decoded(segments)
    resume_at, begun = segments[-1].end, ids[ends[-1] :]
    has_text = not all(is_time[ends[-1] :])
    if LEAST_RESUME_SECONDS <= resume_at < seconds:
        is_long = seconds - resume_at >= LEAST_RESUME_SECONDS
        return Decoded(segments, resume_at if has_text or is_long else None)
    if has_text:
        segments.append(TimedTokens(resume_at, max(resume_at, seconds), begun))
    return Decoded(segments)
