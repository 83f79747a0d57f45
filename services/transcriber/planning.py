"""Where long audio is cut into chunks: about every so many minutes, moved to the nearest silence.

Only a window around each boundary is decoded, never the whole file, and its middle searched for voices
before the rest. How well a container seeks decides what that costs: indexed ones (MP4, Matroska, WAV,
FLAC, Ogg) jump there; of those without an index (MP3 of variable rate, ADTS) FFmpeg reads, but does not
decode, what comes before.

A plan can't lose sound. Its first chunk starts at zero, each ends where the next begins, and the last has
no end: so a header that claims too little gives a longer last chunk, one that claims too much ends the
planning early, and a file that can't seek at all is not cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.engine import Span
from shared.domain.chunks import Chunk
from shared.domain.jobs import Job

LEAST_SILENCE_SECONDS = 0.4
"""A pause between phrases: shorter ones lie inside words."""

OVERLAP_SECONDS = 6.0
"""Heard by both neighbours where nobody pauses: some words of context on either side of the seam."""

_MOST_SEARCH_SECONDS = 30.0

_FIRST_SEARCH_SECONDS = 8.0
"""Speakers pause more often than that, as a rule: then voices farther away need no looking for."""

_LEAD_IN_SECONDS = 0.5
"""Voice activity detection that begins inside a word takes as long to hear it."""


@dataclass(frozen=True)
class Chunking:
    """Audio longer than ``threshold_seconds`` is cut about every ``chunk_seconds``."""

    threshold_seconds: float
    chunk_seconds: float

    @property
    def search_seconds(self) -> float:
        """How far from a boundary a silence is looked for, on either side."""
        return min(_MOST_SEARCH_SECONDS, self.chunk_seconds / 4)


@dataclass(frozen=True)
class Cut:
    """A place in the file, in seconds, and how much around it both neighbours hear."""

    at: float
    overlap: float = 0.0


def plan_cuts(
    duration_seconds: float | None,
    chunking: Chunking,
    *,
    excerpt: Callable[[float, float], Samples],
    find_speech: Callable[[Samples], Sequence[Span]],
    still_wanted: Callable[[], None],
) -> list[Cut]:
    """The cuts for a file whose header claims ``duration_seconds``; none for one that is not to be cut.

    ``excerpt`` gives the sound between two times: less where the file ends, nothing where it can't seek.
    """
    cuts: list[Cut] = []
    if duration_seconds is None or duration_seconds <= chunking.threshold_seconds:
        return cuts
    search = chunking.search_seconds
    boundary = chunking.chunk_seconds
    while boundary < duration_seconds - chunking.chunk_seconds / 2:
        still_wanted()
        samples = excerpt(boundary - search, boundary + search)
        seconds = len(samples) / SAMPLE_RATE
        if seconds <= search:
            break  # the boundary is not in the file, or can't be reached
        found = _silence_near(search, samples, find_speech)
        if found is None:
            cuts.append(Cut(boundary, OVERLAP_SECONDS))
        else:
            cuts.append(Cut(round(boundary - search + found, 3)))
        boundary += chunking.chunk_seconds
    return cuts


def _silence_near(
    wanted: float, samples: Samples, find_speech: Callable[[Samples], Sequence[Span]]
) -> float | None:
    """The silence nearest to ``wanted``, the middle: first close to it, then everywhere in ``samples``."""
    for reach in sorted({min(_FIRST_SEARCH_SECONDS, wanted), wanted}):
        begins_at = max(0.0, wanted - reach - _LEAD_IN_SECONDS)
        part = samples[round(begins_at * SAMPLE_RATE) : round((wanted + reach) * SAMPLE_RATE)]
        found = nearest_silence(find_speech(part), len(part) / SAMPLE_RATE, wanted=wanted - begins_at)
        if found is not None and found >= _LEAD_IN_SECONDS:
            return begins_at + found
    return None


def nearest_silence(speech: Sequence[Span], seconds: float, *, wanted: float) -> float | None:
    """The place nearest to ``wanted`` that lies well inside a silence, in ``seconds`` of sound."""
    starts = [0.0, *(span.end for span in speech)]
    ends = [*(span.start for span in speech), seconds]
    margin = LEAST_SILENCE_SECONDS / 2
    places = [
        min(max(wanted, start + margin), end - margin)
        for start, end in zip(starts, ends, strict=True)
        if end - start >= LEAST_SILENCE_SECONDS
    ]
    return min(places, key=lambda place: abs(place - wanted), default=None)


def chunks_between(job: Job, cuts: Sequence[Cut]) -> list[Chunk]:
    """The chunks of a job, dated by it, so that planning again gives the same."""
    edges = [Cut(0.0), *cuts]
    return [
        Chunk(
            job_id=job.job_id,
            number=number,
            starts_at=cut.at - cut.overlap / 2,
            ends_at=None if following is None else following.at + following.overlap / 2,
            overlaps=cut.overlap > 0 or (following is not None and following.overlap > 0),
            redrives=job.redrives,
            updated_at=job.created_at,
        )
        for number, (cut, following) in enumerate(zip(edges, [*edges[1:], None], strict=True))
    ]
