"""Walks: bounded, page by page, across runs, and each page to one of two runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from services.reconciler.walk import JOBS_A_PAGE, Walk, attend_to_each
from shared.domain.errors import TransientError, TransitionRefused
from shared.domain.jobs import JobStatus
from shared.testing.builders import make_job


def given_jobs(platform, how_many):
    """Oldest first, a second apart."""
    made = []
    for _ in range(how_many):
        made.append(platform.given_queued())
        platform.clock.advance(1)
    return made


def run(platform, *, most_jobs=10, **walk):
    """The pages of one run."""
    return list(
        Walk(platform.doors(), most_jobs=most_jobs, **walk).pages(
            "walk", JobStatus.QUEUED, created_until=platform.clock.now()
        )
    )


def seen_in(pages):
    return [job for page in pages for job in page]


def test_a_run_goes_on_where_the_last_one_stopped_and_then_begins_anew(platform):
    made = given_jobs(platform, 25)
    assert [seen_in(run(platform)) for _ in range(4)] == [made[:10], made[10:20], made[20:], made[:10]]


def test_a_run_that_has_seen_all_is_at_its_end_however_much_it_may_look_at(platform):
    made = given_jobs(platform, 3)
    assert seen_in(run(platform, most_jobs=1000)) == made


def test_a_page_is_what_one_batched_read_gives(platform):
    given_jobs(platform, 250)
    pages = run(platform, most_jobs=240)
    assert [len(page) for page in pages] == [JOBS_A_PAGE, JOBS_A_PAGE, 40]


def test_jobs_that_stay_do_not_hide_those_behind_them(platform):
    made = given_jobs(platform, 12)
    seen = [job for _ in range(3) for job in seen_in(run(platform, most_jobs=5))]
    assert seen == made


def test_jobs_that_left_the_status_meanwhile_take_no_others_with_them(platform):
    made = given_jobs(platform, 15)
    for job in seen_in(run(platform)):
        platform.jobs.cancel(job.job_id, now=platform.clock.now())
    assert seen_in(run(platform)) == made[10:]


def test_a_walk_without_jobs_ends_at_once(platform):
    assert seen_in(run(platform)) == []


def test_a_round_rests_before_the_next_begins(platform):
    made = given_jobs(platform, 15)
    assert seen_in(run(platform, round_seconds=60)) == made[:10]
    platform.clock.advance(30)
    assert seen_in(run(platform, round_seconds=60)) == made[10:]
    platform.clock.advance(29)
    assert run(platform, round_seconds=60) == []
    platform.clock.advance(1)
    assert seen_in(run(platform, round_seconds=60)) == made[:10]


def test_of_two_runs_at_once_one_gets_each_page(platform):
    made = given_jobs(platform, 500)
    together = Barrier(2)

    def one_run(_number):
        together.wait()
        return seen_in(run(platform, most_jobs=1000, round_seconds=60))

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(one_run, range(2))
    assert sorted(job.job_id for job in first + second) == sorted(job.job_id for job in made)


def test_a_page_whose_work_failed_holds_up_no_other(platform):
    made = given_jobs(platform, 20)
    pages = Walk(platform.doors(), most_jobs=10).pages(
        "walk", JobStatus.QUEUED, created_until=platform.clock.now()
    )
    assert list(next(pages)) == made[:10]
    pages.close()  # the run died at work on the page
    assert seen_in(run(platform)) == made[10:]


class TestAttending:
    def test_a_job_that_fails_or_went_on_holds_up_none_of_the_others(self):
        jobs = [make_job() for _ in range(4)]
        attended = []

        def attend(job):
            if job is jobs[0]:
                raise ValueError("broken")
            if job is jobs[1]:
                raise TransitionRefused(job.job_id, job)
            attended.append(job)

        attend_to_each(jobs, attend)
        assert attended == jobs[2:]

    def test_a_cloud_that_fails_ends_the_page(self):
        attended = []

        def attend(job):
            attended.append(job)
            raise TransientError("throttled")

        with pytest.raises(TransientError):
            attend_to_each([make_job(), make_job()], attend)
        assert len(attended) == 1
