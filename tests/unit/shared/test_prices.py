"""What a job costs, by Fargate's list prices."""

from __future__ import annotations

import pytest

from services.transcriber.settings import TranscriberSettings
from shared.prices import FARGATE, dollars_per_second, this_architecture


def test_an_hour_of_a_task_costs_its_vcpus_and_its_memory():
    hour = 3600 * dollars_per_second(vcpus=2, memory_gb=4, architecture="x86_64")
    assert hour == pytest.approx(2 * 0.04048 + 4 * 0.004445)


def test_arm_costs_about_a_fifth_less():
    arm, x86 = (dollars_per_second(vcpus=1, memory_gb=2, architecture=a) for a in ("arm64", "x86_64"))
    assert 0.75 < arm / x86 < 0.85


def test_the_machine_this_runs_on_has_a_price():
    assert this_architecture() in FARGATE


def test_jobs_that_share_a_task_share_its_price():
    settings = TranscriberSettings.model_construct(task_vcpus=1.0, task_memory_gb=2.0)
    assert settings.dollars_per_second(4) == settings.dollars_per_second(1) / 4
