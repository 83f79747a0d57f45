"""Clips between real processes: one job and one generation for all who ask, none lost with its message."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from local.options import PlatformOptions
from local.platform import Platform, running_platform
from services.api_lambda.clips import clip_job_id
from shared.domain.audio_operations import ClipOptions
from shared.domain.files import FileStatus
from shared.domain.jobs import Job, JobStatus, JobType
from shared.domain.results import OperationResult
from shared.ports.clock import SystemClock
from shared.testing.builders import make_file, make_job
from tests.integration.test_toolbox_on_the_platform import Table
from tests.support.sound import encode, sine

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(180)]

PLAYERS = 50


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    options = PlatformOptions(workers=1, converters=2, model="fake")
    state: Path = tmp_path_factory.mktemp("platform")
    with running_platform(options, state=state, tell=lambda _line: None) as running:
        yield running


@pytest.fixture
def table(platform: Platform) -> Table:
    return Table(platform)


@pytest.fixture
def file_id(platform: Platform, table: Table) -> str:
    """A file that is there, its upload long over."""
    file = make_file(user_id=platform.user_id, status=FileStatus.UPLOADED, created_at=SystemClock().now())
    table.audio.write(file.key, encode(sine(60), 44_100, "mp3", "libmp3lame"), content_type="audio/mpeg")
    table.files.create(file)
    return file.file_id


def ask(platform: Platform, file_id: str, **times: int) -> httpx.Response:
    return httpx.get(
        f"{platform.api_url}/v1/clips/{file_id}",
        params=times,
        headers={"X-API-Key": platform.api_key},
        timeout=60,
        trust_env=False,
    )


def jobs_of(table: Table, file_id: str) -> list[Job]:
    now = SystemClock().now()
    return [
        job
        for status in JobStatus
        for job in table.jobs.page_by_status(
            status, created_since=None, created_until=now, limit=100, cursor=None
        ).jobs
        if job.file.file_id == file_id
    ]


def test_fifty_players_at_once_have_one_job_and_one_generation(
    platform: Platform, table: Table, file_id: str
) -> None:
    with ThreadPoolExecutor(PLAYERS) as players:
        asked = [
            players.submit(ask, platform, file_id, start_time_ms=20_000, duration_ms=5_000)
            for _ in range(PLAYERS)
        ]
        answers = [one.result() for one in asked]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["clipUrl"].partition("?")[0] for answer in answers} == {
        answers[0].json()["clipUrl"].partition("?")[0]
    }
    [job] = jobs_of(table, file_id)
    assert (job.type, job.status, job.attempts) == (JobType.CLIP, JobStatus.COMPLETED, 1)
    assert isinstance(job.result, OperationResult)
    assert job.result.bytes_read


def test_a_job_whose_maker_died_before_its_message_is_done_for_the_next_who_asks(
    platform: Platform, table: Table, file_id: str
) -> None:
    wanted = ClipOptions(start_time_ms=1_000, duration_ms=2_000)
    file = table.files.get(file_id)
    assert file is not None
    long_ago = SystemClock().now() - timedelta(seconds=30)
    left = make_job(
        job_id=clip_job_id(file_id, wanted, 0),
        user_id=platform.user_id,
        type=JobType.CLIP,
        status=JobStatus.QUEUED,
        operation=wanted,
        priority=True,
        quiet=True,
        created_at=long_ago,
        updated_at=long_ago,
    )
    left = left.model_copy(
        update={"file": left.file.model_copy(update={"file_id": file_id, "key": file.key})}
    )
    table.jobs.create(left)

    answer = ask(platform, file_id, start_time_ms=1_000, duration_ms=2_000)

    assert answer.status_code == 200, answer.text
    assert [job.job_id for job in jobs_of(table, file_id)] == [left.job_id]
