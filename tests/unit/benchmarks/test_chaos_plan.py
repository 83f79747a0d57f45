"""A storm's plan follows from its seed, and its agenda hands out what is due."""

from __future__ import annotations

from itertools import product

import pytest

from benchmarks.chaos.agenda import Agenda
from benchmarks.chaos.plan import WORK_SHARES, Recording, StormPlan, Work, draw_plan
from benchmarks.chaos.recordings import make_upload

TARGETS = ("transcriber-1", "converter-1", "notifier-1", "router")


def plan_of(seed: int) -> StormPlan:
    return draw_plan(seed, jobs=1000, seconds=100, kill_every_seconds=2, targets=TARGETS)


def test_a_seed_always_gives_the_same_plan_and_another_seed_another() -> None:
    assert plan_of(1) == plan_of(1)
    assert plan_of(1) != plan_of(2)


def test_everything_happens_within_the_storm() -> None:
    plan = plan_of(3)
    assert all(0 <= job.at_seconds <= 100 for job in plan.jobs)
    assert all(0 <= kill.at_seconds <= 100 for kill in plan.kills)
    assert [job.at_seconds for job in plan.jobs] == sorted(job.at_seconds for job in plan.jobs)


def test_the_shares_are_those_that_were_asked_for() -> None:
    jobs = plan_of(4).jobs
    tenth = pytest.approx(100, abs=40)
    assert sum(job.cancelled_after_seconds is not None for job in jobs) == tenth
    assert sum(job.message_copied_after_seconds is not None for job in jobs) == tenth
    assert sum(job.notice_copied_after_seconds is not None for job in jobs) == tenth
    assert sum(job.recording is not Recording.GOOD for job in jobs) == tenth
    assert {job.recording for job in jobs} == set(Recording)
    assert sum(job.priority for job in jobs) == pytest.approx(500, abs=80)
    for work, share in WORK_SHARES.items():
        assert sum(job.work is work for job in jobs) == pytest.approx(1000 * share, abs=60)
    assert {(job.work, job.priority) for job in jobs} == set(product(Work, (True, False)))


def test_every_process_is_killed_now_and_then() -> None:
    kills = plan_of(5).kills
    assert len(kills) == pytest.approx(50, abs=15)
    assert {kill.target for kill in kills} == set(TARGETS)


def test_only_the_good_recording_is_a_wave_file() -> None:
    assert make_upload(Recording.GOOD, 1).body[:4] == b"RIFF"
    assert len(make_upload(Recording.GOOD, 1).body) == 44 + 2 * 16_000
    assert make_upload(Recording.TEXT, 1).filename != make_upload(Recording.TEXT, 2).filename


def test_an_agenda_hands_out_what_is_due_in_order_and_once() -> None:
    agenda, done = Agenda(), []
    agenda.add(2.0, lambda: done.append("second"))
    agenda.add(1.0, lambda: done.append("first"))
    agenda.add(9.0, lambda: done.append("later"))
    for action in agenda.take_due(5.0):
        action()
    assert done == ["first", "second"]
    assert agenda.take_due(5.0) == []
    assert len(agenda) == 1
