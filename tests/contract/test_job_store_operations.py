"""Jobs of the audio toolbox: what they are to do and what they found, stored and read back."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from shared.domain.audio_operations import Operation
from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.file_tags import FileTags
from shared.domain.jobs import JobStatus, JobType, Timings
from shared.domain.results import OperationResult
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job
from shared.testing.clock import START

OPERATIONS = [
    {"operation": "convert", "format": "mp3", "loudness": {"lufs": -16.5, "truePeakDb": -1.2}},
    {"operation": "convert", "format": "wav", "loudness": "podcast", "sampleRate": 44100},
    {"operation": "split", "segments": [{"start": "0:00", "end": "1:30.25", "name": "intro ñ"}]},
    {"operation": "split", "by": "silence", "silenceDb": -42.5},
    {"operation": "clip", "startTimeMs": 30000},
    {"operation": "analyze", "metrics": ["snr", "clipping"]},
    {"operation": "metadata", "tags": {"title": "Ñ"}, "chapters": []},
    {"operation": "spectrogram", "kind": "peaks"},
]
RESULT = OperationResult(
    duration_seconds=12.345,
    quality=QualityMetrics(level=Level.GOOD, rule="because", snr=41.23, dc_offset=1e-06, dual_mono=False),
    tags=FileTags(texts={"title": "Ñ", "our own": ""}),
    gain_db=-3.25,
)


@pytest.mark.parametrize("fields", OPERATIONS, ids=lambda fields: "-".join(map(str, fields.values()))[:30])
def test_what_a_job_is_to_do_comes_back_as_it_was(jobs, fields):
    operation = TypeAdapter(Operation).validate_python(fields)
    job = make_job(type=JobType[operation.operation.upper()], operation=operation)

    jobs.create(job)

    assert jobs.get(job.job_id) == job


def test_what_a_job_found_comes_back_to_the_last_decimal(jobs):
    operation = TypeAdapter(Operation).validate_python(OPERATIONS[5])
    job = make_job(type=JobType.ANALYZE, operation=operation, status=JobStatus.QUEUED)
    jobs.create(job)
    claimed = jobs.claim(job.job_id, owner="worker", now=START, lease_seconds=60)
    assert claimed.lease is not None
    held = HeldLease(job_id=job.job_id, owner="worker", attempt=claimed.lease.attempt)

    jobs.complete(held, now=START, result=RESULT, outputs=(), timings=Timings())

    assert jobs.get(job.job_id).result == RESULT
