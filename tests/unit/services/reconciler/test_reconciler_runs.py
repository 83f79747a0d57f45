"""Whole runs: everything at once, twice at once, with parts that fail; and how runs are started."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from services.reconciler import handlers
from services.reconciler.handler import Reconciler, SweepsFailed
from services.reconciler.settings import ReconcilerTimerSettings
from services.reconciler.timer import run_on_timer
from shared.domain.files import FileStatus
from shared.domain.jobs import JobStatus
from shared.settings import SettingsError, load_settings
from shared.testing.clock import FakeClock
from shared.testing.waiting import wait_until
from shared.worker.stop import Stop

EACH = 40
LONGEST_SECONDS = 10_800


def given_everything_that_can_be_open(platform):
    """Of each: jobs that one run must resume or end."""
    open_jobs = {
        "announce": [platform.given_pending() for _ in range(EACH)],
        "expire": [platform.given_pending() for _ in range(EACH)],
        "start": [platform.given_pending(status=FileStatus.UPLOADED) for _ in range(EACH)],
        "reject": [platform.given_pending(status=FileStatus.DELETED) for _ in range(EACH)],
        "queued": [platform.given_queued() for _ in range(EACH)],
        "processing": [platform.given_processing() for _ in range(EACH)],
        "untold": [platform.given_completed() for _ in range(EACH)],
    }
    for job in open_jobs["announce"]:
        platform.upload(job)
    platform.clock.advance(LONGEST_SECONDS)
    return {name: sorted(job.job_id for job in jobs) for name, jobs in open_jobs.items()}


def assert_each_was_acted_on_once(platform, ids):
    assert sorted(platform.asked_for_work()) == sorted(ids["start"] + ids["queued"] + ids["processing"])
    assert sorted(job_id for job_id, _ in platform.asked_for_notices()) == sorted(
        ids["reject"] + ids["untold"]
    )
    assert len(platform.announced_keys()) == len(set(platform.announced_keys())) == EACH
    statuses = {name: {platform.jobs.get(job_id).status for job_id in ids[name]} for name in ids}
    assert statuses == {
        "announce": {JobStatus.PENDING},
        "expire": {JobStatus.EXPIRED},
        "start": {JobStatus.QUEUED},
        "reject": {JobStatus.FAILED},
        "queued": {JobStatus.QUEUED},
        "processing": {JobStatus.PROCESSING},
        "untold": {JobStatus.COMPLETED},
    }


def test_one_run_resumes_or_ends_everything_that_is_open(platform):
    ids = given_everything_that_can_be_open(platform)
    platform.reconcile()
    assert_each_was_acted_on_once(platform, ids)


def test_runs_at_once_act_on_each_job_once(platform):
    ids = given_everything_that_can_be_open(platform)
    together = Barrier(4)

    def one_run(_number):
        together.wait()
        # Rounds that rest: a run that comes second must not begin a round of its own.
        platform.reconcile(notice_round_seconds=60)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one_run, range(4)))
    assert_each_was_acted_on_once(platform, ids)


def test_a_second_run_right_after_the_first_finds_nothing_to_do(platform):
    ids = given_everything_that_can_be_open(platform)
    for _ in range(3):
        platform.reconcile(notice_round_seconds=60)
    assert_each_was_acted_on_once(platform, ids)


def test_what_one_run_may_not_look_at_the_next_ones_do(platform):
    ids = given_everything_that_can_be_open(platform)
    for _ in range(4 * EACH // 10 + 1):
        platform.reconcile(most_jobs_a_sweep=10, most_ended_jobs_a_sweep=10, notice_round_seconds=60)
    assert_each_was_acted_on_once(platform, ids)


def test_an_idle_platform_is_left_as_it_is(platform):
    platform.reconcile()
    assert not platform.sent_anything()
    assert platform.metrics.records == []


def test_a_sweep_that_fails_stops_no_other_and_the_run_says_so():
    done = []

    def fails():
        raise ValueError("broken")

    reconciler = Reconciler(
        {"one": lambda: done.append("one"), "two": fails, "three": lambda: done.append("three")},
        clock=FakeClock(),
    )
    with pytest.raises(SweepsFailed, match=r"^two$"):
        reconciler()
    assert done == ["one", "three"]


def test_the_timer_runs_again_after_a_run_that_failed_and_ends_when_told():
    runs = []

    def reconcile():
        runs.append("run")
        if len(runs) == 1:
            raise SweepsFailed("pending")

    stop = Stop(drain_seconds=0, clock=FakeClock())
    timer = Thread(target=run_on_timer, args=(reconcile,), kwargs={"every_seconds": 0.001, "stop": stop})
    timer.start()
    wait_until(lambda: len(runs) >= 3)
    stop.request()
    timer.join(10)
    assert not timer.is_alive()


def test_a_timer_that_rests_ends_at_once_when_told():
    stop, runs = Stop(drain_seconds=0, clock=FakeClock()), []
    timer = Thread(
        target=run_on_timer,
        args=(lambda: runs.append("run"),),
        kwargs={"every_seconds": 3600, "stop": stop},
    )
    timer.start()
    wait_until(lambda: runs)
    stop.request()
    timer.join(10)
    assert not timer.is_alive()


def test_a_missing_setting_is_named(monkeypatch):
    monkeypatch.setenv("JOB_TABLE_NAME", "jobs")
    monkeypatch.delenv("UPLOADS_QUEUE_URL", raising=False)
    with pytest.raises(SettingsError, match="UPLOADS_QUEUE_URL"):
        load_settings(ReconcilerTimerSettings)


def test_the_lambda_is_built_once_and_not_at_import(monkeypatch):
    monkeypatch.delenv("JOB_TABLE_NAME", raising=False)
    with pytest.raises(SettingsError):
        handlers.reconcile_handler({}, None)
