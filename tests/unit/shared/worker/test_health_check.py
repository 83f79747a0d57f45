"""A worker that lives says so, and its container's health check believes nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from shared.ports.clock import SystemClock
from shared.ports.scale_in_protection import NoProtection
from shared.testing.clock import FakeClock
from shared.testing.metrics import RecordingMetrics
from shared.testing.queue import InMemoryQueue
from shared.testing.waiting import wait_until
from shared.worker.fate import Done
from shared.worker.health import LONGEST_SILENCE_SECONDS, Liveness, fault_of
from shared.worker.loop import Worker
from shared.worker.protection import ProtectionKeeper
from shared.worker.stop import Stop
from tests.unit.shared.worker.conftest import settings

BUSY = {"idle": False, "all hands full": True}


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_a_worker_says_that_it_lives_whatever_it_does(tmp_path, busy):
    path, release, queue = tmp_path / "alive", threading.Event(), InMemoryQueue(FakeClock())
    if busy:
        queue.send("work")

    def handler(delivery, hold):
        release.wait(10)
        return Done()

    stop = Stop(drain_seconds=5, clock=SystemClock())
    worker = Worker(
        queues=[queue],
        handler=handler,
        slots=1,
        settings=settings(),
        metrics=RecordingMetrics(),
        stop=stop,
        protection=ProtectionKeeper(NoProtection()),
        liveness=Liveness(path),
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        wait_until(path.exists)
        os.utime(path, (0, 0))
        wait_until(lambda: fault_of(str(path), time.time()) is None)
    finally:
        release.set()
        stop.request()
        thread.join(10)


def test_a_worker_that_was_silent_too_long_is_unhealthy(tmp_path):
    path = tmp_path / "alive"
    Liveness(path).touch()
    touched = path.stat().st_mtime
    assert fault_of(str(path), touched + LONGEST_SILENCE_SECONDS) is None
    assert fault_of(str(path), touched + 500) == "no sign of life for 500 seconds"


def test_a_worker_that_is_not_ready_yet_is_unhealthy(tmp_path):
    assert fault_of(str(tmp_path / "alive"), 0) == f"{tmp_path}/alive: No such file or directory"


def test_a_file_that_can_not_be_touched_ends_no_worker(tmp_path):
    Liveness(tmp_path / "no" / "such" / "folder").touch()


@pytest.mark.heavy
def test_the_check_is_a_process_that_imports_no_library(tmp_path):
    path = tmp_path / "alive"
    command = [sys.executable, "-X", "importtime", "-m", "shared.worker.health"]
    environment = {"PATH": os.environ["PATH"], "LIVENESS_FILE": str(path)}

    def check():
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    absent = check()
    path.touch()
    present = check()

    assert (absent.returncode, present.returncode) == (1, 0)
    assert "unhealthy: " in absent.stderr
    assert "pydantic" not in present.stderr
    assert "structlog" not in present.stderr
