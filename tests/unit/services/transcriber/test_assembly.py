"""The language of a file in chunks, and how sure that is."""

from __future__ import annotations

import pytest

from services.transcriber.assembly import Part, assemble
from shared.domain.chunks import Chunk
from shared.domain.jobs import Job, TranscriptionOptions
from shared.domain.transcript import Transcript
from shared.testing.builders import make_job

SILENT = ("und", None, 0.0)


def part(job: Job, number: int, language: str, probability: float | None, speech_seconds: float) -> Part:
    transcript = Transcript(
        job_id=job.job_id,
        filename=job.file.filename,
        task="transcribe",
        model="fake",
        language=language,
        language_probability=probability,
        duration_seconds=60,
        speech_seconds=speech_seconds,
        confidence=0,
        text="",
        segments=(),
        created_at=job.created_at,
    )
    chunk = Chunk(job_id=job.job_id, number=number, starts_at=60.0 * number, updated_at=job.created_at)
    return Part(chunk, transcript)


@pytest.mark.parametrize(
    ("asked", "heard", "language", "probability"),
    [
        ("auto", [("en", 0.9, 30.0), ("es", 0.8, 20.0), ("en", 0.6, 10.0), SILENT], "en", 0.825),
        ("auto", [SILENT, SILENT], "und", None),
        ("es", [("es", None, 30.0), ("es", None, 0.0)], "es", None),
    ],
)
def test_a_file_is_in_the_language_of_most_speech_whose_probability_is_null_unless_measured(
    asked: str, heard: list[tuple[str, float | None, float]], language: str, probability: float | None
) -> None:
    job = make_job(options=TranscriptionOptions(language=asked))
    transcript = assemble(job, [part(job, number, *each) for number, each in enumerate(heard)])
    assert (transcript.language, transcript.language_probability) == (language, probability)
    assert [chunk.language_probability for chunk in transcript.chunks] == [each[1] for each in heard]
