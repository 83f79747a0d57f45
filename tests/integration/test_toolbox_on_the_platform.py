"""A job of the audio toolbox on the whole platform: upload, router, conversion queue, converter, notice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from local.options import PlatformOptions
from local.platform import Platform, running_platform
from shared.aws.clients import Connection, make_client
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.domain.audio_operations import ConvertOptions
from shared.domain.files import FileRecord
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobFile, JobStatus, JobType
from shared.ports.clock import SystemClock
from shared.testing.builders import make_file, make_job
from tests.e2e.conftest import eventually
from tests.support.sound import encode, sine

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(180)]


class Table:
    """What the platform's services write to, from outside."""

    def __init__(self, platform: Platform) -> None:
        told = platform.environment
        connection = Connection(
            platform.emulator_url,
            told["AWS_REGION"],
            told["AWS_ACCESS_KEY_ID"],
            told["AWS_SECRET_ACCESS_KEY"],
        )
        tables, storage = make_client("dynamodb", connection), make_client("s3", connection)
        self.jobs = DynamoJobStore(tables, told["JOB_TABLE_NAME"])
        self.files = DynamoFileStore(tables, told["JOB_TABLE_NAME"])
        self.audio = S3ObjectStore(storage, told["AUDIO_BUCKET_NAME"])
        self.outputs = S3ObjectStore(storage, told["TRANSCRIPT_BUCKET_NAME"])

    def ended(self, job: Job) -> Job:
        def final() -> Job | None:
            current = self.jobs.get(job.job_id)
            return current if current is not None and current.status.is_final else None

        found = eventually(final, "the end of the job")
        assert found is not None
        return found


def awaiting(platform: Platform, media: bytes, **changes: object) -> tuple[Job, FileRecord]:
    """A job to convert a file that is announced and not uploaded yet."""
    now, job_id = SystemClock().now(), new_id()
    file = make_file(
        user_id=platform.user_id,
        content_type="audio/wav",
        size_bytes=len(media),
        awaiting_job_ids=frozenset({job_id}),
        created_at=now,
        upload_expires_at=now + timedelta(hours=1),
    )
    job = make_job(
        job_id=job_id,
        user_id=platform.user_id,
        type=JobType.CONVERT,
        operation=ConvertOptions(format="mp3"),
        file=JobFile.model_validate({name: getattr(file, name) for name in JobFile.model_fields}),
        created_at=now,
        updated_at=now,
        **changes,
    )
    return job, file


def test_an_upload_starts_the_job_that_waits_for_it_and_a_converter_does_it(tmp_path: Path) -> None:
    options = PlatformOptions(workers=1, model="fake")
    with running_platform(options, state=tmp_path, tell=lambda _line: None) as platform:
        table, media = Table(platform), encode(sine(2))
        waiting = [awaiting(platform, media, priority=priority) for priority in (False, True)]
        for job, file in waiting:
            table.jobs.create(job)
            table.files.create(file)
            table.audio.write(file.key, media, content_type=file.content_type)

        for done in [table.ended(job) for job, _file in waiting]:
            assert done.status is JobStatus.COMPLETED
            [output] = done.outputs
            assert output.content_type == "audio/mpeg"
            assert table.outputs.stat(output.key).size_bytes == output.size_bytes > 0
