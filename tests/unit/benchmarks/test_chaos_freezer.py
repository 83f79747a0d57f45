"""What was stopped goes on, whatever becomes of the storm."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.chaos.cloud import Freezer
from shared.testing.waiting import wait_until


@pytest.fixture
def process() -> Iterator[psutil.Process]:
    child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    yield psutil.Process(child.pid)
    child.kill()
    child.wait()


def is_stopped(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED


def test_a_frozen_process_goes_on_when_its_time_is_over(process: psutil.Process) -> None:
    with Freezer(process.pid) as freezer:
        freezer.freeze(0.2)
        wait_until(lambda: is_stopped(process))
        wait_until(lambda: not freezer.frozen)
        wait_until(lambda: not is_stopped(process))


def test_a_frozen_process_goes_on_when_the_storm_is_called_off(process: psutil.Process) -> None:
    with Freezer(process.pid) as freezer:
        freezer.freeze(60)
        wait_until(lambda: is_stopped(process))
    wait_until(lambda: not is_stopped(process))
    assert not freezer.frozen
