"""One transcript from those of a file's chunks. Pure: the same parts give the same bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.transcriber.merging import join
from services.transcriber.quality import mean_confidence, quality_of
from shared.domain.chunks import Chunk
from shared.domain.jobs import Job
from shared.domain.languages import AUTO, UNDETERMINED
from shared.domain.transcript import HeardChunk, Segment, Transcript


@dataclass(frozen=True)
class Part:
    """A chunk and its transcript, whose times count from the chunk's start."""

    chunk: Chunk
    transcript: Transcript

    @property
    def ends_at(self) -> float:
        """Where its sound ends in the file, in seconds."""
        return self.chunk.starts_at + self.transcript.duration_seconds


def assemble(job: Job, parts: Sequence[Part]) -> Transcript:
    """The transcript of the whole file; ``parts`` are all of its chunks, in order."""
    segments = _joined(parts, words=job.options.word_timestamps)
    duration_seconds = round(max(part.ends_at for part in parts), 3)
    speech_seconds = round(min(duration_seconds, sum(p.transcript.speech_seconds for p in parts)), 3)
    language, probability = _language_of(parts, asked=job.options.language)
    return parts[0].transcript.model_copy(
        update={
            "language": language,
            "language_probability": probability,
            "duration_seconds": duration_seconds,
            "speech_seconds": speech_seconds,
            "confidence": mean_confidence(segments),
            "text": " ".join(segment.text for segment in segments),
            "quality": quality_of(segments, speech_seconds=speech_seconds, duration_seconds=duration_seconds),
            "segments": segments,
            "chunks": tuple(_heard(part) for part in parts),
        }
    )


def _joined(parts: Sequence[Part], *, words: bool) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    heard_until = 0.0
    for part in parts:
        following = [_moved(segment, part.chunk.starts_at) for segment in part.transcript.segments]
        if part.chunk.starts_at < heard_until:
            segments = join(segments, following, part.chunk.starts_at, heard_until)
        else:
            segments += following
        heard_until = part.ends_at
    return tuple(
        segment.model_copy(update={"id": number} if words else {"id": number, "words": ()})
        for number, segment in enumerate(segments)
    )


def _moved(segment: Segment, seconds: float) -> Segment:
    def at(time: float) -> float:
        return round(seconds + time, 3)

    words = tuple(
        word.model_copy(update={"start": at(word.start), "end": at(word.end)}) for word in segment.words
    )
    return segment.model_copy(update={"start": at(segment.start), "end": at(segment.end), "words": words})


def _language_of(parts: Sequence[Part], *, asked: str) -> tuple[str, float | None]:
    """That of most of the speech; its probability is the mean over that speech, None if none was measured."""
    if asked != AUTO:
        return asked, None
    seconds: defaultdict[str, float] = defaultdict(float)
    weighted: defaultdict[str, float] = defaultdict(float)
    for transcript in (part.transcript for part in parts):
        if transcript.language != UNDETERMINED:
            seconds[transcript.language] += transcript.speech_seconds
            weighted[transcript.language] += transcript.speech_seconds * (
                transcript.language_probability or 0.0
            )
    if not any(seconds.values()):
        return UNDETERMINED, None
    language = max(seconds, key=lambda name: (seconds[name], name))
    return language, round(weighted[language] / seconds[language], 4)


def _heard(part: Part) -> HeardChunk:
    return HeardChunk(
        start=round(part.chunk.starts_at, 3),
        end=round(part.ends_at, 3),
        language=part.transcript.language,
        language_probability=part.transcript.language_probability,
        speech_seconds=part.transcript.speech_seconds,
    )
