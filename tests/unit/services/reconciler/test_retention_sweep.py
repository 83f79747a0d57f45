"""What a tier keeps no longer is deleted with everything that belongs to it; nothing else is touched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.files import FileStatus
from shared.domain.jobs import JobFile, JobStatus
from shared.domain.object_keys import clip_key, cover_key, output_key, transcript_key
from shared.testing.builders import make_file, make_job

WEEK_SECONDS = 7 * 86_400
FINAL = [status for status in JobStatus if status.is_final]


def given_job(platform, status, *, kept_days=7):
    now = platform.clock.now()
    file = make_file(status=FileStatus.UPLOADED, created_at=now)
    platform.files.create(file)
    platform.audio.write(file.key, b"audio", content_type=file.content_type)
    job = make_job(
        status=status,
        created_at=now,
        updated_at=now,
        kept_until=None if kept_days is None else now + timedelta(days=kept_days),
        file=JobFile(
            file_id=file.file_id,
            filename=file.filename,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            key=file.key,
        ),
    )
    platform.jobs.create(job)
    for key in (
        transcript_key(job.user_id, job.job_id, "txt"),
        output_key(job.user_id, job.job_id, 1, "mp3"),
        cover_key(job.user_id, job.job_id),
        clip_key(file.file_id, 0, 30_000),
    ):
        platform.transcripts.write(key, b"stored", content_type="application/octet-stream")
    return job


def is_whole(platform, job):
    return (
        platform.jobs.get(job.job_id) is not None
        and job.file.key in platform.audio.objects
        and transcript_key(job.user_id, job.job_id, "txt") in platform.transcripts.objects
    )


@pytest.mark.parametrize("status", FINAL)
def test_an_ended_job_is_kept_to_its_last_second_then_deleted_with_audio_and_outputs(platform, status):
    job = given_job(platform, status)
    platform.clock.advance(WEEK_SECONDS - 1)
    platform.reconcile()
    assert is_whole(platform, job)
    platform.clock.advance(1)
    platform.reconcile()
    assert platform.jobs.get(job.job_id) is None
    assert platform.jobs.owner_of_deleted(job.job_id) == job.user_id
    assert (platform.audio.objects, platform.transcripts.objects) == ({}, {})
    assert platform.files.get(job.file.file_id).status is FileStatus.DELETED


def test_a_job_of_a_longer_tier_or_without_an_end_stays_when_another_goes(platform):
    longer = given_job(platform, JobStatus.COMPLETED, kept_days=30)
    for_good = given_job(platform, JobStatus.COMPLETED, kept_days=None)
    gone = given_job(platform, JobStatus.COMPLETED)
    platform.clock.advance(WEEK_SECONDS)
    platform.reconcile()
    assert platform.jobs.get(gone.job_id) is None
    assert is_whole(platform, longer)
    assert is_whole(platform, for_good)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_job_that_has_not_ended_is_never_deleted(platform, status):
    job = given_job(platform, status)
    platform.clock.advance(2 * WEEK_SECONDS)
    platform.reconcile()
    assert is_whole(platform, job)
