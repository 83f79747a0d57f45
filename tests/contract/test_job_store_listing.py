"""A user's jobs, page by page."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_listing import JobListing
from shared.aws.job_store import DynamoJobStore
from shared.aws.table import Table
from shared.aws.user_directory import DynamoUserDirectory
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobStatus, JobType
from shared.domain.results import JobOutput
from shared.ports.job_store import JobPage
from shared.testing.builders import make_api_key, make_file, make_job, make_user
from shared.testing.clock import START


def create_jobs(jobs, how_many, *, user_id="user-1"):
    """Newest first, a second apart."""
    made = [
        make_job(user_id=user_id, created_at=START + timedelta(seconds=number)) for number in range(how_many)
    ]
    for job in made:
        jobs.create(job)
    return made[::-1]


def pages_of(jobs, *, status=None, limit=3, user_id="user-1"):
    pages, cursor = [], None
    while True:
        page = jobs.list_for_user(user_id, status=status, limit=limit, cursor=cursor)
        pages.append(list(page.jobs))
        cursor = page.next_cursor
        if cursor is None:
            return pages


def test_pages_are_newest_first_full_and_end_without_a_cursor(jobs):
    made = create_jobs(jobs, 7)
    assert pages_of(jobs) == [made[:3], made[3:6], made[6:]]


def test_a_last_page_that_is_full_says_that_it_is_the_last(jobs):
    made = create_jobs(jobs, 6)
    assert pages_of(jobs) == [made[:3], made[3:]]


def test_jobs_of_one_type_and_state_are_found_among_the_rest(jobs):
    made = {
        (kind, status): make_job(type=kind, status=status)
        for kind in (JobType.TRANSCRIPTION, JobType.SPLIT)
        for status in (JobStatus.QUEUED, JobStatus.FAILED)
    }
    for job in made.values():
        jobs.create(job)

    splits = jobs.list_for_user("user-1", status=None, job_type=JobType.SPLIT, limit=9, cursor=None)
    failed = jobs.list_for_user(
        "user-1", status=JobStatus.FAILED, job_type=JobType.SPLIT, limit=9, cursor=None
    )

    assert {job.type for job in splits.jobs} == {JobType.SPLIT}
    assert len(splits.jobs) == 2
    assert failed.jobs == (made[JobType.SPLIT, JobStatus.FAILED],)


def test_jobs_of_very_many_outputs_make_a_page_short_and_none_is_lost(jobs):
    outputs = [
        JobOutput(filename=f"{number}.mp3", key=f"key {number}", content_type="audio/mpeg", size_bytes=1)
        for number in range(1_000)
    ]
    made = [
        make_job(created_at=START + timedelta(seconds=number), outputs=outputs, type=JobType.SPLIT)
        for number in range(10)
    ]
    for job in made:
        jobs.create(job)

    pages = pages_of(jobs, limit=50)

    assert [job for page in pages for job in page] == made[::-1]
    assert all(sum(len(job.outputs) for job in page) <= 10_000 for page in pages)


def test_a_user_without_jobs_gets_one_empty_page(jobs):
    assert pages_of(jobs) == [[]]


def test_a_user_never_sees_the_jobs_of_another(jobs):
    create_jobs(jobs, 2, user_id="user-2")
    mine = create_jobs(jobs, 2)
    assert pages_of(jobs) == [mine]


def test_a_status_filter_fills_its_pages(jobs):
    made = create_jobs(jobs, 14)
    queued = [jobs.mark_queued(job.job_id, now=START) for job in made[::2]]
    assert pages_of(jobs, status=JobStatus.QUEUED) == [queued[:3], queued[3:6], queued[6:]]
    assert pages_of(jobs, status=JobStatus.COMPLETED) == [[]]


def test_a_page_shows_jobs_as_they_are_now(jobs):
    made = create_jobs(jobs, 1)
    cancelled = jobs.cancel(made[0].job_id, now=START)
    assert pages_of(jobs) == [[cancelled]]


def test_jobs_created_while_paging_shift_nothing(jobs):
    made = create_jobs(jobs, 4)
    first = jobs.list_for_user("user-1", status=None, limit=2, cursor=None)
    jobs.create(make_job(created_at=START + timedelta(hours=1)))
    second = jobs.list_for_user("user-1", status=None, limit=2, cursor=first.next_cursor)
    assert [*first.jobs, *second.jobs] == made


def test_the_cursor_of_another_user_is_refused(jobs):
    create_jobs(jobs, 3, user_id="user-2")
    theirs = jobs.list_for_user("user-2", status=None, limit=1, cursor=None).next_cursor
    with pytest.raises(PermanentError) as refused:
        jobs.list_for_user("user-1", status=None, limit=1, cursor=theirs)
    assert refused.value.fault is Fault.INVALID_CURSOR


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ñ",
        "null",
        "AAAA",
        "%%%",
        "a" * 5000,
        base64.urlsafe_b64encode(b'{"userId":"user-1"}').decode(),
    ],
)
def test_junk_for_a_cursor_is_refused(jobs, cursor):
    with pytest.raises(PermanentError) as refused:
        jobs.list_for_user("user-1", status=None, limit=1, cursor=cursor)
    assert refused.value.fault is Fault.INVALID_CURSOR


def test_only_jobs_are_in_the_indexes_of_jobs(moto_cloud):
    table_name = moto_cloud.table_name()
    job = make_job()
    DynamoJobStore(moto_cloud.dynamodb, table_name).create(job)
    DynamoFileStore(moto_cloud.dynamodb, table_name).create(make_file())
    DynamoUserDirectory(moto_cloud.dynamodb, table_name).put(make_user())
    DynamoApiKeyStore(moto_cloud.dynamodb, table_name).add(make_api_key())
    for index in ("user-jobs-index", "status-created-index"):
        found = moto_cloud.dynamodb.scan(TableName=table_name, IndexName=index)["Items"]
        assert [item["PK"]["S"] for item in found] == [f"JOB#{job.job_id}"]


@pytest.fixture(params=["moto_cloud", pytest.param("emulated_cloud", marks=pytest.mark.emulator)])
def listing(request):
    """Ten jobs, of which the oldest is QUEUED, and listings of them that read three items at a time."""
    cloud = request.getfixturevalue(request.param)
    table_name = cloud.table_name()
    jobs = DynamoJobStore(cloud.dynamodb, table_name)
    oldest = jobs.mark_queued(create_jobs(jobs, 10)[-1].job_id, now=START)

    def read(*, most_reads, cursor=None):
        table = Table(cloud.dynamodb, table_name)
        pages = JobListing(table, most_reads=most_reads, items_a_filtered_read=3)
        return pages.page("user-1", status=JobStatus.QUEUED, limit=1, cursor=cursor)

    return oldest, read


def test_a_rare_status_is_found_across_reads(listing):
    oldest, read = listing
    assert read(most_reads=4) == JobPage((oldest,), None)


def test_a_page_ends_after_so_many_reads_and_its_cursor_goes_on(listing):
    oldest, read = listing
    first = read(most_reads=2)
    assert first.jobs == ()
    assert first.next_cursor is not None
    assert read(most_reads=2, cursor=first.next_cursor) == JobPage((oldest,), None)
