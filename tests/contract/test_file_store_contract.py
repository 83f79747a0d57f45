"""File records: a job that waits for an upload is never forgotten, and an upload settles a file once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.domain.faults import Fault
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import JobError
from shared.testing.builders import make_file
from shared.testing.clock import START

LATER = START + timedelta(seconds=5)
ERROR = JobError.of(Fault.EMPTY_FILE)


def created(files, **changes):
    file = make_file(**changes)
    files.create(file)
    return file


def test_a_file_comes_back_as_it_was_created(files):
    plain = created(files)
    awaited = created(
        files, awaiting_job_ids=frozenset({new_id(), new_id()}), filename='a "b"\u202e/../🎧.mp3'
    )
    assert files.get(plain.file_id) == plain
    assert files.get(awaited.file_id) == awaited


def test_a_file_keeps_the_time_of_its_first_transcript_whatever_else_becomes_of_it(files):
    file = created(files)
    files.mark_uploaded(file.file_id, etag="e", now=START)

    files.mark_transcribed(file.file_id, now=LATER)
    files.mark_transcribed(file.file_id, now=LATER + timedelta(days=1))
    files.mark_transcribed(unknown := new_id(), now=LATER)

    found = files.get(file.file_id)
    assert (found.status, found.transcribed_at) == (FileStatus.UPLOADED, LATER)
    assert files.get(unknown) is None


def test_an_unknown_file_is_none_and_nothing_makes_one(files):
    file_id = new_id()
    assert files.get(file_id) is None
    assert files.await_upload(file_id, new_id()) is None
    assert files.mark_uploaded(file_id, etag="e", now=LATER) is None
    assert files.reject(file_id, error=ERROR, now=LATER) is None
    assert files.mark_deleted(file_id, now=LATER) is None
    assert files.get(file_id) is None


def test_jobs_gather_while_the_upload_is_awaited(files):
    file, first, second = created(files), new_id(), new_id()
    assert files.await_upload(file.file_id, first).awaiting_job_ids == {first}
    assert files.await_upload(file.file_id, second).awaiting_job_ids == {first, second}
    assert files.await_upload(file.file_id, second).awaiting_job_ids == {first, second}


def test_an_upload_settles_a_file_and_names_who_waited(files):
    file, job_id = created(files), new_id()
    files.await_upload(file.file_id, job_id)
    uploaded = files.mark_uploaded(file.file_id, etag="abc", now=LATER)
    assert (uploaded.status, uploaded.etag, uploaded.updated_at) == (FileStatus.UPLOADED, "abc", LATER)
    assert uploaded.awaiting_job_ids == {job_id}
    assert files.get(file.file_id) == uploaded


def test_a_settled_file_comes_back_unchanged_whatever_is_asked(files):
    uploaded = files.mark_uploaded(created(files).file_id, etag="abc", now=LATER)
    rejected = files.reject(created(files).file_id, error=ERROR, now=LATER)
    assert (rejected.status, rejected.error) == (FileStatus.REJECTED, ERROR)
    for settled in (uploaded, rejected):
        assert files.mark_uploaded(settled.file_id, etag="other", now=START) == settled
        assert files.reject(settled.file_id, error=ERROR, now=START) == settled
        assert files.await_upload(settled.file_id, new_id()) == settled


@pytest.mark.parametrize("status", [status for status in FileStatus if status is not FileStatus.DELETED])
def test_a_file_in_any_state_can_be_deleted_and_stays_known_as_that(files, status):
    file = created(files, status=status)
    deleted = files.mark_deleted(file.file_id, now=LATER)
    expected = {"status": FileStatus.DELETED, "filename": "", "updated_at": LATER}
    assert deleted == file.model_copy(update=expected)
    assert files.mark_deleted(file.file_id, now=LATER + timedelta(seconds=5)) == deleted
    assert files.mark_uploaded(file.file_id, etag="abc", now=LATER) == deleted
    assert files.await_upload(file.file_id, new_id()) == deleted
    assert files.get(file.file_id) == deleted


def test_an_upload_that_races_with_waiters_is_seen_by_each_or_sees_each(concurrent_backend):
    files = concurrent_backend.file_store()
    file, job_ids = created(files), [new_id() for _ in range(20)]
    with ThreadPoolExecutor(21) as threads:
        waiting = {job_id: threads.submit(files.await_upload, file.file_id, job_id) for job_id in job_ids}
        upload = threads.submit(files.mark_uploaded, file.file_id, etag="e", now=LATER)
    seen_by_the_upload = upload.result().awaiting_job_ids
    for job_id, answer in waiting.items():
        saw_the_upload = answer.result().status is FileStatus.UPLOADED
        assert saw_the_upload != (job_id in seen_by_the_upload)


def test_files_announced_without_a_job_are_named_by_their_user_and_by_when_they_are_kept(files):
    over = created(files, kept_until=LATER)
    kept = created(files, kept_until=LATER + timedelta(seconds=1))
    theirs = created(files, user_id="user-2", kept_until=START)
    created(files, kept_until=START, awaiting_job_ids=frozenset({new_id()}))
    for_good = created(files)
    mine = (over.file_id, kept.file_id, for_good.file_id)
    assert files.without_job("user-1") == tuple(sorted(mine))
    assert files.kept_until(LATER, most=10) == (("user-2", theirs.file_id), ("user-1", over.file_id))
    assert files.kept_until(LATER, most=1) == (("user-2", theirs.file_id),)
    for _ in range(2):
        files.forget_announced("user-2", theirs.file_id)
    assert files.kept_until(LATER, most=10) == (("user-1", over.file_id),)
    assert files.without_job("user-2") == ()
    assert files.get(theirs.file_id) == theirs


def test_a_file_is_kept_for_longer_once_a_job_needs_it_and_a_forgotten_one_does_not_come_back(files):
    file, forgotten = created(files, kept_until=START), created(files, kept_until=START)
    files.forget_announced("user-1", forgotten.file_id)
    for one in (file, forgotten, make_file(kept_until=START)):
        files.keep(one, until=LATER)
    assert files.kept_until(START, most=10) == ()
    assert files.kept_until(LATER, most=10) == (("user-1", file.file_id),)
    assert files.get(file.file_id).kept_until == LATER
    assert files.without_job("user-1") == (file.file_id,)
